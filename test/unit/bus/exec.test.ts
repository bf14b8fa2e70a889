import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { execHandlers } from "../../bus/conductor/exec.ts";

// The handlers care not whether it is a guest that they run in.
const handlers = execHandlers();
const call = async (method: string, params: unknown = {}): Promise<unknown> => {
  const handler = handlers[method];
  if (!handler) throw new Error(`no handler ${method}`);
  return handler(params, () => {});
};
const start = async (script: string) =>
  (await call("start", { argv: ["sh", "-c", script], name: "script" })) as { id: number };

describe("exec", () => {
  test("answers with output, exit code and signal; takes input, environment and folder", async () => {
    const script = 'cat; echo "$COLOUR $PWD" >&2; exit 3';
    const params = { argv: ["sh", "-c", script], stdin: "in", env: { COLOUR: "red" }, cwd: "/" };
    expect(await call("exec", params)).toEqual({ stdout: "in", stderr: "red /\n", exitCode: 3, signal: null });
    const killed = await call("exec", { argv: ["sh", "-c", "kill -TERM $$"] });
    expect(killed).toMatchObject({ exitCode: null, signal: "SIGTERM" });
  });

  test("a program that does not read its input is no error", async () => {
    const params = { argv: ["true"], stdin: "x".repeat(1_000_000) };
    expect(await call("exec", params)).toMatchObject({ exitCode: 0 });
  });

  test("too long: it is killed with its children, its last words are told", async () => {
    const params = { argv: ["sh", "-c", "echo begun; sleep 60 & wait"], timeoutMs: 200 };
    await expect(call("exec", params)).rejects.toThrow("longer than 200 ms; its last words: begun");
  });

  test("too much: it is killed", async () => {
    await expect(call("exec", { argv: ["cat", "/dev/zero"] })).rejects.toThrow("more than 4194304 bytes");
  });

  test.each([
    [{}, "argv"],
    [{ argv: [] }, "argv"],
    [{ argv: "ls" }, "argv"],
    [{ argv: ["ls", 1] }, "argv"],
    [{ argv: ["ls"], env: { A: 1 } }, "env"],
    [{ argv: ["ls"], cwd: 1 }, "cwd"],
    [{ argv: ["ls"], timeoutMs: "1" }, "timeoutMs"],
    [null, "parameters"],
  ])("%j is refused by name", async (params, named) => {
    await expect(call("exec", params)).rejects.toThrow(named);
  });

  test("a program that does not exist is an error, not a crash", async () => {
    await expect(call("exec", { argv: ["/nonesuch"] })).rejects.toThrow("ENOENT");
    await expect(call("start", { argv: ["/nonesuch"] })).rejects.toThrow("ENOENT");
  });
});

describe("background programs", () => {
  test("their output can be waited for, with groups, whether it has come or not", async () => {
    const { id } = await start("echo early; sleep 0.1; echo late 42; exec sleep 60");
    const wait = { id, source: "late (\\d+)", flags: "g", timeoutMs: 5_000 };
    expect(await call("waitForOutput", wait)).toEqual(["late 42", "42"]);
    expect(await call("waitForOutput", { ...wait, source: "early" })).toEqual(["early"]);
    await expect(call("waitForOutput", { ...wait, source: "never", timeoutMs: 50 })).rejects.toThrow(
      /50 ms for script.*\nearly\nlate 42/s,
    );
    expect(await call("stop", { id, signal: "SIGTERM" })).toEqual({ exitCode: null, signal: "SIGTERM" });
    expect(await call("stop", { id, signal: "SIGTERM" })).toEqual({ exitCode: null, signal: "SIGTERM" });
    expect(await call("output", { id })).toBe("early\nlate 42\n");
  });

  test("one that ends without the awaited words says how it ended", async () => {
    const { id } = await start("echo oh; exit 4");
    const wait = call("waitForOutput", { id, source: "never", flags: "", timeoutMs: 5_000 });
    await expect(wait).rejects.toThrow(/script ended \(.*"exitCode":4.*oh/s);
    expect(await call("waitExit", { id, timeoutMs: 5_000 })).toEqual({ exitCode: 4, signal: null });
  });

  test("an endless talker's last megabyte is kept", async () => {
    const { id } = await start("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo done; exec sleep 60");
    await call("waitForOutput", { id, source: "done", flags: "", timeoutMs: 5_000 });
    const output = (await call("output", { id })) as string;
    expect(output.length).toBeGreaterThanOrEqual(1024 * 1024);
    expect(output.length).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(output.endsWith("x\ndone\n")).toBe(true);
    await call("stop", { id, signal: "SIGKILL" });
  });

  test("an unknown id is refused", async () => {
    await expect(call("output", { id: 999 })).rejects.toThrow("999");
  });
});

test("files go there and back byte by byte, into folders that were not there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-unit-"));
  const path = join(folder, "new/deep/file");
  const base64 = Buffer.from([0, 10, 255, 128]).toString("base64");
  await call("writeFile", { path, base64 });
  expect(await call("readFile", { path })).toBe(base64);
  await rm(folder, { recursive: true });
});

test("the process list has this process with its parent and words", async () => {
  const entries = (await call("processes")) as { pid: number; parent: number; argv: string[] }[];
  const self = entries.find((entry) => entry.pid === process.pid);
  expect(self?.parent).toBe(process.ppid);
  expect(self?.argv.length).toBeGreaterThan(0);
});

test("the clock counts nanoseconds and never goes back", async () => {
  const first = BigInt((await call("now")) as string);
  expect(BigInt((await call("now")) as string)).toBeGreaterThan(first);
});
