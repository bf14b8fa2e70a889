import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HotplugEvent } from "../../../src/hotplug/types.ts";
import { type HotplugOptions, type HotplugWatch, watchHotplug } from "../../../src/hotplug/watch-hotplug.ts";

/** Against a hang only: a busy computer takes longer than the second that is usual. */
const PATIENCE = { timeout: 30_000 };

let root: string;
let watch: HotplugWatch | null = null;
const events: HotplugEvent[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hotplug-"));
  events.length = 0;
});
afterEach(async () => {
  await watch?.close();
  watch = null;
  await rm(root, { recursive: true });
});

const start = async (options: HotplugOptions = {}): Promise<void> => {
  watch = await watchHotplug(
    { sysfs: `${root}/sys`, ttyRoot: `${root}/dev/wanherd`, monitor: null, nodeUsb: false, ...options },
    (event) => events.push(event),
  );
};

/** What the kernel's sysfs holds of a 19d2:0031 with one interface. */
async function plug(port: string, files: Record<string, string> = {}): Promise<void> {
  const directory = `${root}/sys/bus/usb/devices/${port}`;
  await mkdir(directory, { recursive: true });
  const all = { devnum: "7\n", bConfigurationValue: "1\n", bMaxPower: "500mA\n", product: "Stick\n", ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(`${directory}/${name}`, text);
  // device descriptor; configuration 1 with one interface ff/ff/ff without endpoints
  const raw = ["1201000200000040d2193100120601020301", "0902120001010080fa", "0904000000ffffff00"].join("");
  await writeFile(`${directory}/descriptors`, Buffer.from(raw, "hex"));
  await symlink("../../../usb", `${directory}/driver`);
}

/** A serial port of interface `number`, and udev's name for it. */
async function addTty(port: string, kernelName: string, number: number, name: string): Promise<void> {
  const owner = `${root}/sys/devices/${port}/${port}:1.${number}`;
  await mkdir(`${owner}/${kernelName}`, { recursive: true });
  await symlink("../../../bus/usb/drivers/option", `${owner}/driver`).catch(() => {});
  await mkdir(`${root}/sys/class/tty/${kernelName}`, { recursive: true });
  await symlink(`${owner}/${kernelName}`, `${root}/sys/class/tty/${kernelName}/device`);
  await mkdir(`${root}/dev/wanherd/${port}`, { recursive: true });
  await writeFile(`${root}/dev/${kernelName}`, "");
  await symlink(`../../${kernelName}`, `${root}/dev/wanherd/${port}/${name}`);
}

test("what is there at start is reported: the device, then its ttys; a leftover name of another port is not", async () => {
  await plug("1-1.3");
  await addTty("1-1.3", "ttyUSB0", 0, "if00");
  await symlink("../../ttyUSB0", `${root}/dev/wanherd/1-1.3/if01`);
  await symlink("../../../etc/passwd", `${root}/dev/wanherd/1-1.3/if02`);
  await start();
  const path = `${root}/dev/wanherd/1-1.3/if00`;
  expect(events).toEqual([
    {
      type: "device.attached",
      device: {
        port: "1-1.3",
        address: 7,
        vendorId: 0x19d2,
        productId: 0x31,
        manufacturer: "",
        product: "Stick",
        serial: "",
        deviceClass: 0,
        configuration: 1,
        interfaces: [{ number: 0, class: 255, subclass: 255, protocol: 255 }],
        powerMilliamps: 500,
      },
    },
    { type: "tty.appeared", tty: { port: "1-1.3", interface: 0, path, driver: "option" } },
  ]);
});

test("a tty that udev names later is reported when its name is there, and its end when it goes", async () => {
  await plug("1-1.3");
  await start();
  await addTty("1-1.3", "ttyUSB10", 10, "if0a");
  await vi.waitFor(
    () => expect(events.at(-1)).toMatchObject({ type: "tty.appeared", tty: { interface: 10 } }),
    PATIENCE,
  );
  await rm(`${root}/dev/wanherd/1-1.3`, { recursive: true });
  await vi.waitFor(
    () => expect(events.at(-1)).toEqual({ type: "tty.vanished", port: "1-1.3", interface: 10 }),
    PATIENCE,
  );
});

test("a rescan finds what came and went unheard", async () => {
  await plug("1-1");
  await start();
  await rm(`${root}/sys/bus/usb/devices/1-1`, { recursive: true });
  await plug("2-1.4", { devnum: "9\n" });
  await watch?.rescan();
  expect(events.slice(1).map((event) => event.type)).toEqual(["device.detached", "device.attached"]);
});

test("hostile strings are made harmless, and impossible numbers are no device", async () => {
  await plug("1-1", { product: `a\nb"$(reboot)"\u0007\u202e${"x".repeat(300)}\n`, bMaxPower: "lots\n" });
  await plug("1-2", { devnum: "128\n" });
  await plug("1-3", { devnum: "-1\n" });
  await start();
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ device: { port: "1-1", powerMilliamps: 0 } });
  const product = events[0]?.type === "device.attached" ? events[0].device.product : "";
  expect(product.slice(0, 17)).toBe('a·b"$(reboot)"··x');
  expect(product).toHaveLength(126);
});

test("a hub tells of its ports, its supply and its speed; what has no configuration, what its first one would draw", async () => {
  await plug("1-1", { maxchild: "4\n", bmAttributes: "e0\n", speed: "480\n" });
  const directory = `${root}/sys/bus/usb/devices/1-1`;
  const hub = ["12010002090001409e0508060001010200", "0001", "090219000101 00e032", "0904000001090000 00"].join("");
  await writeFile(`${directory}/descriptors`, Buffer.from(hub.replaceAll(" ", ""), "hex"));
  // As the kernel leaves a modem on a port with too little power: no bConfigurationValue, no bMaxPower.
  await plug("1-1.2", { bConfigurationValue: "\n", bMaxPower: "\n", speed: "480\n", devnum: "8\n" });
  await plug("2-1", { bConfigurationValue: "\n", bMaxPower: "\n", speed: "5000\n", devnum: "9\n" });
  await start();
  const found = events.flatMap((event) => (event.type === "device.attached" ? [event.device] : []));
  const byPort = new Map(found.map((device) => [String(device.port), device]));
  expect(byPort.get("1-1")).toMatchObject({ deviceClass: 9, hub: { ports: 4, selfPowered: true, speedMbps: 480 } });
  expect(byPort.get("1-1.2")).toMatchObject({ configuration: 0, powerMilliamps: 500 });
  expect(byPort.get("1-1.2")).not.toHaveProperty("hub");
  expect(byPort.get("2-1")).toMatchObject({ powerMilliamps: 2000 });
});

test("a device that the kernel has not finished with is no device yet", async () => {
  await plug("1-1");
  await rm(`${root}/sys/bus/usb/devices/1-1/driver`);
  await start();
  expect(events).toEqual([]);
});

test("the monitor's news is told; when it ends it is started anew and a scan follows; a missing one is noted", async () => {
  await plug("1-1");
  const notices: string[] = [];
  const removal = "ACTION=remove\\nDEVPATH=/x/1-1\\nDEVTYPE=usb_device\\nBUSNUM=001\\nDEVNUM=007\\n\\n";
  const script = `process.stdout.write("heading\\n\\n"); setTimeout(() => process.stdout.write("${removal}"), 50); setTimeout(() => {}, 100)`;
  await start({
    monitor: { command: [process.execPath, "-e", script], backoffMs: [1] },
    notice: (text) => notices.push(text),
  });
  await vi.waitFor(
    () => expect(events.map((event) => event.type)).toEqual(["device.attached", "device.detached"]),
    PATIENCE,
  );
  await plug("1-2", { devnum: "8\n" });
  await vi.waitFor(
    () => expect(events.at(-1)).toMatchObject({ type: "device.attached", device: { port: "1-2" } }),
    PATIENCE,
  );
  expect(notices[0]).toContain("started anew");
  await watch?.close();
  await start({ monitor: { command: ["/nonexistent/udevadm"] }, notice: (text) => notices.push(text) });
  await vi.waitFor(() => expect(notices.at(-1)).toContain("not installed"), PATIENCE);
});

test("after close the folder is as it was and nothing is reported", async () => {
  await start();
  await watch?.close();
  await expect(rm(`${root}/dev/wanherd`, { recursive: true })).rejects.toThrow("ENOENT");
  await plug("1-1");
  await watch?.rescan();
  expect(events).toEqual([]);
});
