import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import type { ProcessEvent } from "../../../machines/daemon/effects.ts";
import { FailureError } from "../../../machines/failure.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { EchoNotes } from "../../../src/ppp/echo-file.ts";
import { runPppd } from "../../../src/ppp/run-pppd.ts";

const FAKE = fileURLToPath(new URL("fake-pppd.sh", import.meta.url));

/** Runs the stand-in, which behaves as `username` says, on a tty that takes and gives nothing. */
function run(username: string, changes: Partial<Parameters<typeof runPppd>[0]> = {}) {
  const events: ProcessEvent[] = [];
  const lines: string[] = [];
  const pppd = runPppd(
    {
      port: "1-1.3" as PortPath,
      tty: "/dev/null",
      interface: "wan1-1_3",
      ipv6: false,
      authentication: "auto",
      version: null,
      username,
      password: "wrong",
      program: FAKE,
      prepare: async () => undefined,
      ...changes,
    },
    (event) => {
      events.push(event);
      if (event.type === "process.notice" && event.name === "connector.waiting") pppd.go();
    },
    (line) => lines.push(line),
  );
  const seen = (type: ProcessEvent["type"]) =>
    vi.waitFor(
      () => {
        const event = events.find((candidate) => candidate.type === type);
        if (event === undefined) throw new Error(`no ${type} among ${JSON.stringify(events)}`);
        return event;
      },
      { timeout: 2500, interval: 10 },
    );
  const failure = async () => {
    const end = await seen("process.exited");
    return end.type === "process.exited" ? end.failure : null;
  };
  return { pppd, events, lines, seen, failure };
}

describe("running pppd", () => {
  it("tells of the waiting connector, of the line taken, and of the addresses; and ends when asked", async () => {
    const { pppd, events, seen, failure } = run("online");
    expect(events).toEqual([]);
    await seen("process.ready");
    pppd.terminate();
    expect(await failure()).toBeNull();
    expect(events).toEqual([
      { type: "process.started", pid: expect.any(Number) },
      { type: "process.notice", name: "connector.waiting" },
      { type: "process.notice", name: "line.taken" },
      {
        type: "process.ready",
        detail: { interface: "wan1-1_3", address: "10.64.0.2", peer: "10.64.0.1", dns: ["10.0.0.1", "10.0.0.2"] },
      },
      { type: "process.exited", failure: null },
    ]);
  });

  it("is ready without DNS servers too", async () => {
    const { seen, failure } = run("nodns");
    const ready = await seen("process.ready");
    expect(ready).toMatchObject({ detail: { address: "10.64.0.2", dns: [] } });
    expect(await failure()).toMatchObject({ kind: "LinkLost" });
  });

  it("says why it ended, with pppd's last words", async () => {
    const { failure } = run("refused");
    expect(await failure()).toEqual({
      kind: "AuthenticationRefused",
      message: expect.stringContaining("PAP authentication failed"),
      tried: FAKE,
    });
  });

  it("keeps no more of a long log than its end", async () => {
    const { failure, lines } = run("talkative");
    const message = (await failure())?.message ?? "";
    expect(lines).toHaveLength(100);
    expect(message).toContain("line 99");
    expect(message).not.toContain("line 90 ");
  });

  it("notes the echoes that a log tells of; packets are in nobody's log", async () => {
    const echoFolder = await mkdtemp(join(tmpdir(), "pppd-"));
    const { pppd, lines, seen, failure } = run("echoing", { version: [2, 4, 9], echoFolder });
    await seen("process.started");
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 2500 });
    await vi.waitFor(async () => expect(await readdir(echoFolder)).toHaveLength(1), { timeout: 2500 });
    const notes = new EchoNotes("wan1-1_3", echoFolder);
    await vi.waitFor(() => expect(notes.mark()).toBe(3), { timeout: 2500 });
    notes.close();
    pppd.terminate();
    expect(await failure()).toBeNull();
    expect(lines).toEqual(["Connect: wan1-1_3 <--> /dev/null"]);
    expect(await readdir(echoFolder)).toEqual([]);
    await rm(echoFolder, { recursive: true });
  });

  it("kills its children as well", async () => {
    const { pppd, lines, failure } = run("stubborn");
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 2500 });
    expect(await readFile(`/proc/${lines[0]}/cmdline`, "utf8")).toContain("sleep");
    pppd.terminate();
    pppd.kill();
    expect(await failure()).toBeNull();
    // A dead process that its new parent has not collected yet has no command line left.
    const commandLine = () => readFile(`/proc/${lines[0]}/cmdline`, "utf8").catch(() => "");
    await vi.waitFor(async () => expect(await commandLine()).toBe(""), { timeout: 1000 });
  });

  it("does not start when it is ended before", async () => {
    const { pppd, events, failure } = run("online");
    pppd.terminate();
    expect(await failure()).toBeNull();
    expect(events).toEqual([{ type: "process.exited", failure: null }]);
  });

  it("names a missing program, a missing tty, and what went wrong in its preparation", async () => {
    expect(await run("online", { program: "/nonexistent/pppd" }).failure()).toMatchObject({ kind: "ProgramMissing" });
    expect(await run("online", { tty: "/dev/wanherd/nothing" }).failure()).toMatchObject({ kind: "DeviceGone" });
    const prepare = async () => {
      throw new FailureError("PortBusy", "taken");
    };
    expect(await run("online", { prepare }).failure()).toMatchObject({ kind: "PortBusy" });
  });

  it("hands nothing over when nobody waits", () => {
    const { pppd } = run("online");
    expect(() => pppd.go()).toThrow("no pppd waits");
    pppd.terminate();
  });
});
