// The choice and the order of the writes, against a folder that looks like sysfs and a stand-in for the `usb` package; on a
// kernel's own hubs: test/scenarios/hub.test.ts.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import type { NodeUsb, NodeUsbDevice } from "../../../src/usb/node-usb.ts";
import { cyclePortPower } from "../../../src/usb/port-power.ts";

const OFF_MS = 60;
/** A 7-port hub by its descriptor: 9 bytes, type 0x29, wHubCharacteristics little-endian, … */
const descriptor = (characteristics: number, type = 0x29): string =>
  Buffer.from([9, type, 7, characteristics & 0xff, characteristics >> 8, 50, 100, 0]).toString("hex");
const PER_PORT = descriptor(0x0089);

let sysfs: string;
let asked: string[];

beforeEach(async () => {
  sysfs = await mkdtemp(join(tmpdir(), "port-power-"));
  asked = [];
});
afterEach(() => rm(sysfs, { recursive: true }));

const folder = (hub: string, number: number): string => `${sysfs}/bus/usb/devices/${hub}:1.0/${hub}-port${number}`;
const disabled = (hub: string, number: number): Promise<string> => readFile(`${folder(hub, number)}/disable`, "utf8");

async function addPort(hub: string, number: number): Promise<void> {
  await mkdir(folder(hub, number), { recursive: true });
  await writeFile(`${folder(hub, number)}/disable`, "0");
}

/** A device at a port path, that answers a request for its hub descriptor with these bytes, or with an error. */
function device(path: string, answer: string | null, more: Partial<NodeUsbDevice> = {}): NodeUsbDevice {
  const [bus = "", ports = ""] = path.split("-");
  const note = async (line: string): Promise<void> => void asked.push(`${path} ${line}`);
  return {
    bus: bus.padStart(3, "0"),
    ports: ports.split(".").map(Number),
    usbVersionMajor: 2,
    vendorId: 0x05e3,
    productId: 0x0608,
    open: () => note("open"),
    close: () => note("close"),
    controlTransferIn: async ({ requestType, recipient, request, value }: Record<string, unknown>) => {
      asked.push(`${path} ${requestType} ${recipient} ${request} ${Number(value).toString(16)}`);
      if (answer === null) throw new Error("controlTransferIn error: Stall");
      const bytes = Uint8Array.from(Buffer.from(answer, "hex"));
      return { status: "ok", data: new DataView(bytes.buffer) };
    },
    ...more,
  } as unknown as NodeUsbDevice;
}

function cycle(port: string, devices: readonly NodeUsbDevice[], signal = new AbortController().signal): Promise<void> {
  const usb = { getDevices: async () => devices } as unknown as NodeUsb;
  return cyclePortPower(port as PortPath, signal, { sysfs, load: async () => usb, offMs: OFF_MS });
}

describe("the power of a hub's port", () => {
  it("goes off, stays off for a while, and comes on again", async () => {
    await addPort("1-1", 3);
    await addPort("1-1", 4);
    const begun = performance.now();
    const done = cycle("1-1.3", [device("1-1", PER_PORT)]);
    await vi.waitFor(async () => expect(await disabled("1-1", 3)).toBe("1"), { interval: 5 });
    expect(await disabled("1-1", 4)).toBe("0");
    await done;
    expect(performance.now() - begun).toBeGreaterThanOrEqual(OFF_MS - 2);
    expect(await disabled("1-1", 3)).toBe("0");
    expect(asked).toEqual(["1-1 open", "1-1 class device 6 2900", "1-1 close"]);
  });

  it("comes on again, and not too soon, though the work was called off meanwhile: the device has just vanished", async () => {
    await addPort("1-1", 3);
    const off = new AbortController();
    const done = cycle("1-1.3", [device("1-1", PER_PORT)], off.signal);
    await vi.waitFor(async () => expect(await disabled("1-1", 3)).toBe("1"), { interval: 5 });
    off.abort();
    await sleep(OFF_MS / 3);
    expect(await disabled("1-1", 3)).toBe("1");
    await done;
    expect(await disabled("1-1", 3)).toBe("0");
  });

  it("is not touched when the work was called off before", async () => {
    await addPort("1-1", 3);
    await expect(cycle("1-1.3", [device("1-1", PER_PORT)], AbortSignal.abort())).rejects.toThrow("aborted");
    expect(await disabled("1-1", 3)).toBe("0");
  });

  it("goes off in both halves of a USB 3 hub, each asked by the descriptor of its own speed", async () => {
    await addPort("1-1.2", 3);
    await addPort("2-1.2", 3);
    await symlink(folder("2-1.2", 3), `${folder("1-1.2", 3)}/peer`);
    const halves = [device("1-1.2", PER_PORT), device("2-1.2", descriptor(0x0009, 0x2a), { usbVersionMajor: 3 })];
    const done = cycle("1-1.2.3", halves);
    await vi.waitFor(async () => expect(`${await disabled("1-1.2", 3)}${await disabled("2-1.2", 3)}`).toBe("11"), {
      interval: 5,
    });
    await done;
    expect(`${await disabled("1-1.2", 3)}${await disabled("2-1.2", 3)}`).toBe("00");
    expect(asked).toContain("2-1.2 class device 6 2a00");
  });
});

describe("a port whose power cannot be switched by itself is left alone, with the reason", () => {
  it.each<[string, string, readonly NodeUsbDevice[], string]>([
    ["on a root hub", "1-3", [], "it is on a root hub"],
    ["of a hub that is gone", "1-1.3", [], "hub 1-1 is not there"],
    [
      "of a ganged hub",
      "1-1.3",
      [device("1-1", descriptor(0x0088))],
      "hub 1-1 switches the power of all its ports together",
    ],
    [
      "of a hub without switch",
      "1-1.3",
      [device("1-1", descriptor(0x000a))],
      "hub 1-1 cannot switch the power of its ports",
    ],
    [
      "of a hub that does not answer",
      "1-1.3",
      [device("1-1", null)],
      "hub 1-1 does not describe its ports: Error: control",
    ],
    ["of a hub that answers too little", "1-1.3", [device("1-1", "0929")], "hub 1-1 does not describe its ports"],
    [
      "of a hub that answers something else",
      "1-1.3",
      [device("1-1", descriptor(1, 0x2a))],
      "hub 1-1 does not describe its ports",
    ],
    ["that the hub does not have", "1-1.8", [device("1-1", PER_PORT)], "hub 1-1 has only 7 ports"],
    [
      "of a Raspberry Pi's own hub, which says that it can",
      "1-1.3",
      [device("1-1", PER_PORT), device("1-1.1.1", null, { vendorId: 0x0424, productId: 0x7800 })],
      "hub 1-1 is part of the board",
    ],
    [
      "that a kernel before 6.0 does not offer",
      "1-1.3",
      [device("1-1", PER_PORT)],
      "the kernel offers no switch for it",
    ],
  ])("%s", async (story, port, devices, reason) => {
    const offered = !story.startsWith("that a kernel");
    if (offered && port !== "1-3") await addPort("1-1", Number(port.slice(4)));
    await expect(cycle(port, devices)).rejects.toMatchObject({
      failure: {
        kind: "StepUnavailable",
        message: expect.stringContaining(`the power of port ${port} cannot be switched: ${reason}`),
      },
    });
    if (offered && port !== "1-3") expect(await disabled("1-1", Number(port.slice(4)))).toBe("0");
  });

  it("where the other half of a USB 3 hub is ganged", async () => {
    await addPort("1-1", 3);
    await addPort("2-1", 3);
    await symlink(folder("2-1", 3), `${folder("1-1", 3)}/peer`);
    const halves = [device("1-1", PER_PORT), device("2-1", descriptor(0, 0x2a), { usbVersionMajor: 3 })];
    await expect(cycle("1-1.3", halves)).rejects.toThrow("hub 2-1 switches the power of all its ports together");
    expect(`${await disabled("1-1", 3)}${await disabled("2-1", 3)}`).toBe("00");
  });

  it("and where the usb package has no binary for this machine", async () => {
    const load = (): Promise<NodeUsb> => Promise.reject(new Error("no binary"));
    const done = cyclePortPower("1-1.3" as PortPath, new AbortController().signal, { sysfs, load });
    await expect(done).rejects.toMatchObject({ failure: { kind: "StepUnavailable" } });
  });
});

it("what the kernel refuses is told, and the half that it did switch off comes on again", async () => {
  await addPort("1-1", 3);
  await mkdir(`${folder("2-1", 3)}/disable`, { recursive: true });
  await symlink(folder("2-1", 3), `${folder("1-1", 3)}/peer`);
  const halves = [device("1-1", PER_PORT), device("2-1", descriptor(1, 0x2a), { usbVersionMajor: 3 })];
  await expect(cycle("1-1.3", halves)).rejects.toMatchObject({
    failure: { kind: "SystemRefused", message: "the kernel does not switch off the power of port 1-1.3: EISDIR" },
  });
  expect(await disabled("1-1", 3)).toBe("0");
});
