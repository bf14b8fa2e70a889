import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UsbDevice } from "../../../src/hotplug/types.ts";
import { switchByProgram } from "../../../src/usb/switch-by-program.ts";

const device = { port: "3-1.2", address: 7, vendorId: 0x0df7, productId: 0x0800 } as UsbDevice;
const entry = { TargetClass: "0xff", MobileActionMode: "1" };

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wanherd-program-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A stand-in for usb_modeswitch: a shell script. It may use `$noted`, a file of its own. */
async function script(name: string, body: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\nnoted=${file}.noted\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

function run(program: string, signal: AbortSignal = new AbortController().signal): Promise<void> {
  const step = { method: "program", program, setting: "MobileActionMode", entry } as const;
  return switchByProgram({ device, step, timeoutMs: 400 }, signal);
}

const failure = (kind: string, message: string) =>
  expect.objectContaining({ failure: expect.objectContaining({ kind, message: expect.stringContaining(message) }) });

test("it is told which of several equal devices, and the entry on its standard input", async () => {
  const program = await script("good", 'echo "$@" >$noted; cat >>$noted; echo " OK, all done"');
  await run(program);
  expect(await readFile(`${program}.noted`, "utf8")).toBe(
    '-v 0df7 -p 0800 -b 3 -g 7 -t\nTargetClass="0xff"\nMobileActionMode="1"\n',
  );
});

test.each([
  ["to-stderr", 'echo "Look for default devices"; echo "Error: it broke" >&2', "Error: it broke"],
  ["to-stdout", 'echo " MobileAction control sequence did not complete"', "control sequence did not complete"],
])("what it complains of is the failure's message, though it ends with 0: %s", async (name, body, message) => {
  await expect(run(await script(name, body))).rejects.toEqual(failure("SwitchRefused", message));
});

test("an exit code that is not 0 is a failure, too", async () => {
  await expect(run(await script("fails", "exit 1"))).rejects.toEqual(failure("SwitchRefused", "exit code 1"));
});

test("where it is not installed, the message names the package", async () => {
  await expect(run(join(folder, "none"))).rejects.toEqual(failure("SwitchUnsupported", "Debian: usb-modeswitch"));
});

test("it is ended when it takes too long", async () => {
  await expect(run(await script("slow", "exec sleep 60"))).rejects.toEqual(failure("SwitchRefused", "no end after"));
});

test("it is ended by an abort", async () => {
  const stop = new AbortController();
  const going = run(await script("aborted", "echo $$ >$noted; exec sleep 60"), stop.signal);
  setTimeout(() => stop.abort(new Error("stopped")), 150);
  await expect(going).rejects.toThrow("stopped");
  const pid = Number(await readFile(join(folder, "aborted.noted"), "utf8"));
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("however much it says, only so much is kept, and that is a failure and no hang", async () => {
  await expect(run(await script("talks", "yes"))).rejects.toEqual(failure("SwitchRefused", "MobileActionMode"));
});
