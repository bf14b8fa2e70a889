import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProcessEvent, ProcessHandle } from "../../../machines/daemon/effects.ts";
import type { ServingEvent } from "../../../machines/radio/effects.ts";
import { createHostapd } from "../../../src/hostapd/create-hostapd.ts";
import { SETUP } from "./setup.ts";

const FAKE = fileURLToPath(new URL("fake-hostapd.sh", import.meta.url));
const PASSPHRASE = "correct horse";
const MAC = "02:00:00:00:04:00";
/** The one interface that there is everywhere. */
const LO = { ...SETUP, interface: "lo" };
const never = new AbortController().signal;

let bin: string;
let folder: string;
let lines: string[];
let notices: string[];
let handles: ProcessHandle[];

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "hostapd-"));
  folder = join(bin, "run");
  for (const program of ["hostapd", "hostapd_cli", "iw", "ip"]) symlinkSync(FAKE, join(bin, program));
  [lines, notices, handles] = [[], [], []];
});

afterEach(() => {
  for (const handle of handles) handle.kill();
  rmSync(bin, { recursive: true, force: true });
});

function hostapdWith(program = join(bin, "hostapd")) {
  return createHostapd({
    passphrase: () => PASSPHRASE,
    log: (line) => lines.push(line),
    onNotice: (text) => notices.push(text),
    folder,
    programs: { hostapd: program, cli: join(bin, "hostapd_cli"), ip: join(bin, "ip"), iw: join(bin, "iw") },
  });
}

async function started(hostapd = hostapdWith(), until: ProcessEvent["type"] = "process.ready") {
  const events: ProcessEvent[] = [];
  const handle = hostapd.runHostapd({}, (event) => events.push(event));
  handles.push(handle);
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain(until), 10_000);
  return { hostapd, handle, events };
}

function watched(hostapd: ReturnType<typeof hostapdWith>) {
  const events: ServingEvent[] = [];
  const end = hostapd.watchRadio("lo", (event) => events.push(event));
  return { events, end };
}

const told = (): string[] => readFileSync(join(folder, "told"), "utf8").trim().split("\n");
const say = (line: string): void => appendFileSync(join(folder, "log"), `${line}\n`);
const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error) => error.failure,
  );

describe("hostapd", () => {
  it("takes a radio in, tells of its stations, and lets it go, with a configuration that nobody else can read", async () => {
    const { hostapd } = await started();
    await hostapd.addRadio(LO, never);
    const config = join(folder, "lo.conf");
    expect(told()).toEqual(["raw PING", `raw ADD bss_config=phy0:${config}`]);
    expect([statSync(config).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
    say(`lo: AP-STA-CONNECTED ${MAC}`);
    await vi.waitFor(() => expect(lines.at(-1)).toContain("AP-STA-CONNECTED"), 10_000);
    const { events } = watched(hostapd);
    say(`lo: AP-STA-DISCONNECTED ${MAC}`);
    await vi.waitFor(() => expect(events).toHaveLength(2), 10_000);
    await hostapd.removeRadio("lo");
    expect(events).toEqual([
      { type: "station.joined", mac: MAC },
      { type: "station.left", mac: MAC },
    ]);
    expect(existsSync(config)).toBe(false);
    expect(told().at(-1)).toBe("raw REMOVE lo");
    expect(JSON.stringify([lines, told()])).not.toContain(PASSPHRASE);
  });

  it("that refuses a radio is quoted, and the radio is out again", async () => {
    const { hostapd } = await started();
    const refusal = await refusalOf(hostapd.addRadio({ ...LO, channel: 13 }, never));
    expect(refusal).toMatchObject({
      kind: "HostapdRefused",
      message: "lo: hostapd refused it; it said: Could not select hw_mode and channel. (-3)",
    });
    expect(told().at(-1)).toBe("raw REMOVE lo");
    expect(existsSync(join(folder, "lo.conf"))).toBe(false);
    expect(await refusalOf(hostapd.addRadio({ ...LO, channel: 12 }, never))).toMatchObject({ kind: "InterfaceBusy" });
    await hostapd.addRadio(LO, never);
    expect(notices).toEqual([]);
  });

  it("takes a radio out when it is no longer wanted before it serves", async () => {
    const { hostapd } = await started();
    const abort = new AbortController();
    const adding = hostapd.addRadio({ ...LO, channel: 11 }, abort.signal);
    await vi.waitFor(() => expect(told().at(-1)).toContain("raw ADD"), 10_000);
    abort.abort(new Error("no longer"));
    await expect(adding).rejects.toThrow("no longer");
    expect(told().at(-1)).toBe("raw REMOVE lo");
  });

  it("tells once that a radio serves no longer, and nothing after that", async () => {
    const { hostapd } = await started();
    await hostapd.addRadio(LO, never);
    const { events } = watched(hostapd);
    say("lo: interface state ENABLED->DISABLED");
    say("lo: AP-DISABLED ");
    say(`lo: AP-STA-CONNECTED ${MAC}`);
    await vi.waitFor(() => expect(lines.at(-1)).toContain("AP-STA-CONNECTED"), 10_000);
    expect(events).toMatchObject([{ type: "radio.failed", failure: { kind: "HostapdRefused" } }]);
    const late = watched(hostapd);
    await vi.waitFor(() => expect(late.events).toMatchObject([{ type: "radio.failed" }]), 10_000);
  });

  it("tells all radios when it has died, and can be started anew; ended on purpose it tells nothing", async () => {
    const { hostapd, events } = await started();
    await hostapd.addRadio(LO, never);
    const first = watched(hostapd);
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ type: "process.exited" }), 10_000);
    expect(events.at(-1)).toMatchObject({
      failure: { kind: "ProcessCrashed", message: expect.stringContaining("SIGKILL") },
    });
    expect(first.events).toMatchObject([{ type: "radio.failed", failure: { kind: "ProcessCrashed" } }]);
    expect(await refusalOf(hostapd.addRadio(LO, never))).toMatchObject({ kind: "SystemRefused" });

    const again = await started(hostapd);
    await hostapd.addRadio(LO, never);
    const second = watched(hostapd);
    again.handle.terminate();
    await vi.waitFor(() => expect(again.events.at(-1)).toEqual({ type: "process.exited", failure: null }), 10_000);
    expect(second.events).toEqual([]);
  });

  it("that was killed leaves the radio as it is for the next one, which still knows what that was before both", async () => {
    const { hostapd, events } = await started();
    await hostapd.addRadio(LO, never);
    writeFileSync(join(folder, "type"), "AP\n");
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe("process.exited"), 10_000);
    await started(hostapd);
    await hostapd.addRadio(LO, never);
    const noted = (): unknown => JSON.parse(readFileSync(join(folder, "interfaces.json"), "utf8"));
    expect(noted()).toMatchObject([{ interface: "lo", type: "managed" }]);
    await hostapd.removeRadio("lo");
    expect(noted()).toEqual([]);
  });

  it("that an earlier agent left is ended before another starts", async () => {
    const { events } = await started();
    await started();
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe("process.exited"), 10_000);
  });

  describe("that an earlier agent left", () => {
    const pid = (): number => Number(readFileSync(join(folder, "pid"), "utf8"));
    const radiosTold = (): string[] => told().filter((text) => /ADD|REMOVE/.test(text));

    async function left() {
      const { hostapd, events } = await started();
      await hostapd.addRadio(LO, never);
      say(`lo: AP-STA-CONNECTED ${MAC}`);
      await vi.waitFor(() => expect(lines.at(-1)).toContain("AP-STA-CONNECTED"), 10_000);
      lines = [];
      const next = hostapdWith();
      await next.reclaim(true);
      return { next, events };
    }

    it("goes on with its radio and that one's stations when it is told the same of it", async () => {
      const { next } = await left();
      const before = pid();
      expect(next.leftChannel("lo")).toBe(LO.channel);
      const { events } = await started(next);
      expect(events[0]).toEqual({ type: "process.started", pid: before });
      await next.addRadio(LO, never);
      expect(next.leftChannel("lo")).toBeNull();
      await next.abandon();
      expect(watched(next).events).toEqual([{ type: "station.joined", mac: MAC }]);
      expect([lines, radiosTold()]).toEqual([[], [`raw ADD bss_config=phy0:${join(folder, "lo.conf")}`]]);
      process.kill(before, "SIGKILL");
      await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ failure: { kind: "ProcessCrashed" } }), 10_000);
      const again = await started(next);
      expect(pid()).not.toBe(before);
      again.handle.terminate();
    });

    it("starts a radio anew that is to be something else now", async () => {
      const { next } = await left();
      await started(next);
      await next.addRadio({ ...LO, ssid: "Other" }, never);
      expect(radiosTold().slice(1)).toEqual(["raw REMOVE lo", radiosTold()[0]]);
    });

    it("lets go of a radio that nobody wants of it", async () => {
      const { next } = await left();
      await started(next);
      await next.abandon();
      expect(radiosTold().at(-1)).toBe("raw REMOVE lo");
      expect(next.leftChannel("lo")).toBeNull();
    });

    it.each([
      [
        "when it is no longer wanted before it was taken over",
        async (next: ReturnType<typeof hostapdWith>) => {
          next.runHostapd({}, () => {}).terminate();
          await next.abandon();
        },
      ],
      ["when nobody has a radio for it", async (next: ReturnType<typeof hostapdWith>) => next.abandon()],
      ["at once where there is to be none", async () => hostapdWith().reclaim(false)],
    ])("is ended %s", async (_, end) => {
      const { next, events } = await left();
      await end(next);
      await vi.waitFor(() => expect(events.at(-1)?.type).toBe("process.exited"), 10_000);
      expect(JSON.parse(readFileSync(join(folder, "interfaces.json"), "utf8"))).toEqual([]);
    });
  });

  it("that is not installed is named", async () => {
    const { events } = await started(hostapdWith(join(bin, "none")), "process.exited");
    expect(events).toMatchObject([{ failure: { kind: "ProgramMissing" } }]);
  });

  it("is asked for the stations of radios that have some, and not again for as long as they are the same", async () => {
    const { hostapd } = await started();
    expect(await hostapd.readStations()).toEqual([]);
    await hostapd.addRadio(LO, never);
    say(`lo: AP-STA-CONNECTED ${MAC}`);
    await vi.waitFor(() => expect(lines.at(-1)).toContain("AP-STA-CONNECTED"), 10_000);
    const stations = [{ mac: MAC, interface: "lo", signalDbm: -40, rxBytes: 1, txBytes: 2, connectedSeconds: 3 }];
    expect([await hostapd.readStations(), await hostapd.readStations()]).toEqual([stations, stations]);
    expect(told().filter((text) => text === "all_sta")).toHaveLength(1);
  });

  it("gets a radio once that has stopped listening, though nobody waits for what it hears", async () => {
    const { hostapd } = await started();
    const abort = new AbortController();
    const heard = hostapd.survey("lo", [], abort.signal);
    abort.abort(new Error("no longer"));
    await expect(heard).rejects.toThrow("no longer");
    await hostapd.addRadio(LO, never);
    expect(told().at(-1)).toContain("raw ADD");
  });

  it("is not needed to listen to the neighbours", async () => {
    await started();
    expect(await hostapdWith().survey("lo", [1, 6, 200], never)).toEqual([{ frequency: 2412, signalDbm: -30 }]);
    expect(told().at(-1)).toBe("dev lo scan freq 2412 2437");
  });
});
