import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProcessEvent, ProcessHandle } from "../../../machines/daemon/effects.ts";
import { createResolver } from "../../../src/resolver/create-resolver.ts";

const FAKE = fileURLToPath(new URL("fake-dnsmasq.sh", import.meta.url));
const LINK = { interface: "wan1-1", addresses: ["10.0.0.1"] };

let folder: string;
let notices: string[];
let lines: string[];
let handles: ProcessHandle[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "resolver-"));
  writeFileSync(join(folder, "resolv.conf"), "nameserver 192.0.2.1\n");
  [notices, lines, handles] = [[], [], []];
});

afterEach(() => {
  for (const handle of handles) handle.kill();
  rmSync(folder, { recursive: true });
});

function resolverWith({ program = FAKE, enabled = true } = {}) {
  return createResolver({
    settings: () => ({ enabled, names: true, dhcp: null, lan: "lan-br" }),
    leases: join(folder, "leases"),
    fallback: () => ["9.9.9.9"],
    onNotice: (text) => notices.push(text),
    log: (line) => lines.push(line),
    folder: join(folder, "run"),
    resolvConf: join(folder, "resolv.conf"),
    program,
  });
}

/** Starts it; resolves with all that it reported by the first event of that type. */
async function run(resolver: ReturnType<typeof resolverWith>, until: ProcessEvent["type"], lan = "lan-br") {
  const events: ProcessEvent[] = [];
  const handle = resolver.run({ enabled: true, names: true, dhcp: null, lan }, (event) => events.push(event));
  handles.push(handle);
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain(until), 10_000);
  return { handle, events };
}

const resolvConf = (): string => readFileSync(join(folder, "resolv.conf"), "utf8");

describe("the resolver", () => {
  it("runs dnsmasq, has it read servers that change, and claims resolv.conf only while it answers", async () => {
    const resolver = resolverWith();
    const { handle, events } = await run(resolver, "process.ready");
    await resolver.apply({ servers: [LINK], answering: true });
    await vi.waitFor(() => expect(lines.at(-1)).toBe("dnsmasq: read server=10.0.0.1@wan1-1"), 10_000);
    expect(resolvConf()).toContain("nameserver 127.0.0.1");
    await resolver.apply({ servers: [LINK], answering: false });
    expect(resolvConf()).toBe("nameserver 192.0.2.1\n");
    handle.terminate();
    await vi.waitFor(() => expect(events.at(-1)).toEqual({ type: "process.exited", failure: null }), 10_000);
    expect(notices).toEqual([]);
  });

  it("has a dnsmasq that is just starting read what changed meanwhile", async () => {
    const resolver = resolverWith();
    const started = run(resolver, "process.started");
    await started;
    await resolver.apply({ servers: [{ ...LINK, addresses: [] }], answering: false });
    await vi.waitFor(() => expect(lines.at(-1)).toBe("dnsmasq: read server=9.9.9.9@wan1-1"), 10_000);
  });

  it("ends one that an earlier agent left before it starts its own", async () => {
    await run(resolverWith(), "process.ready");
    const pidFile = join(folder, "run/dnsmasq.pid");
    const left = readFileSync(pidFile, "utf8").trim();
    await run(resolverWith(), "process.ready");
    expect(existsSync(`/proc/${left}/fd/0`)).toBe(false);
    expect(readFileSync(pidFile, "utf8").trim()).not.toBe(left);
  });

  it("ends what a killed agent left, too, where names are switched off", async () => {
    const { events } = await run(resolverWith(), "process.ready");
    await resolverWith({ enabled: false }).restore();
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe("process.exited"), 10_000);
  });

  it("says once what to do when the port is taken", async () => {
    const resolver = resolverWith();
    const { events } = await run(resolver, "process.exited", "taken");
    await run(resolver, "process.exited", "taken");
    expect(events.at(-1)).toMatchObject({ failure: { kind: "AddressTaken" } });
    expect(notices).toEqual([
      expect.stringMatching(/another name server has port 53; it said: .*in use: stop and disable the other program/),
    ]);
  });

  it("names a program that is missing, and tells what one that crashed said", async () => {
    const { events } = await run(resolverWith({ program: join(folder, "none") }), "process.exited");
    expect(events.at(-1)).toMatchObject({ failure: { kind: "ProgramMissing" } });
    const crashed = await run(resolverWith(), "process.exited", "crash");
    expect(crashed.events.at(-1)).toMatchObject({
      failure: { kind: "ProcessCrashed", message: expect.stringMatching(/refused its configuration.*bad option/) },
    });
  });

  it("goes on when resolv.conf cannot be changed, and says so once", async () => {
    const resolver = createResolver({
      settings: () => ({ enabled: true, names: true, dhcp: null, lan: "lan-br" }),
      leases: join(folder, "leases"),
      fallback: () => [],
      onNotice: (text) => notices.push(text),
      log: () => {},
      folder: join(folder, "run"),
      resolvConf: join(folder, "no-such-folder/resolv.conf"),
    });
    await resolver.apply({ servers: [LINK], answering: true });
    await resolver.apply({ servers: [], answering: true });
    expect(notices).toEqual([expect.stringContaining("this computer's own programs keep their name servers")]);
  });
});
