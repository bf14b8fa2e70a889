import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RadioBook } from "../../../src/hotplug/radio-book.ts";
import { readOtherRadios, readUsbRadio } from "../../../src/hotplug/sysfs-radio.ts";
import type { PortPath, RadioHotplugEvent, UsbDevice } from "../../../src/hotplug/types.ts";
import type { RadioDevice } from "../../../src/radio/types.ts";

const device = {
  port: "1-1.3" as PortPath,
  configuration: 1,
  interfaces: [{ number: 0, class: 255, subclass: 255, protocol: 255 }],
} as unknown as UsbDevice;
const USB = "sys/devices/usb1/1-1/1-1.3/1-1.3:1.0";
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sysfs-"));
  await put(`${USB}/bInterfaceNumber`, "00\n");
  await mkdir(`${root}/sys/bus/usb/devices/1-1.3`, { recursive: true });
  await symlink(`${root}/${USB}`, `${root}/sys/bus/usb/devices/1-1.3/1-1.3:1.0`);
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** A phy with an interface, below the folder of their device. */
async function addRadio(folder: string, phy: string, name: string, index: number): Promise<void> {
  await put(`${folder}/ieee80211/${phy}/index`, "0\n");
  await put(`${folder}/net/${name}/ifindex`, `${index}\n`);
  await symlink(`${root}/${folder}/ieee80211/${phy}`, `${root}/${folder}/net/${name}/phy80211`);
  await symlink(`${root}/${folder}`, `${root}/${folder}/net/${name}/device`);
  await mkdir(`${root}/sys/class/net`, { recursive: true });
  await symlink(`${root}/${folder}/net/${name}`, `${root}/sys/class/net/${name}`);
}

const places = (): { sysfs: string; udev: string } => ({ sysfs: `${root}/sys`, udev: `${root}/udev` });
const read = () => readUsbRadio(places(), device);

test("the radio of a USB device is what lies below its interface, whatever its name", async () => {
  expect(await read()).toBeNull();
  await addRadio(USB, "phy7", "wlx001122334455", 9);
  await addRadio("sys/devices/virtual/hwsim0", "phy0", "wlan0", 3);
  expect(await read()).toEqual({ id: "1-1.3", phy: "phy7", interface: "wlx001122334455", blocked: null });
});

test("of several interfaces it is the one that came first", async () => {
  await addRadio(USB, "phy7", "wlan9", 9);
  await put(`${USB}/net/wlan10/ifindex`, "4\n");
  await symlink(`${root}/${USB}/ieee80211/phy7`, `${root}/${USB}/net/wlan10/phy80211`);
  expect((await read())?.interface).toBe("wlan10");
});

test("an interface counts when udev is through with it, as it may yet rename it", async () => {
  await put("udev/control", "");
  await addRadio(USB, "phy7", "wlan0", 9);
  expect(await read()).toEqual({ id: "1-1.3", phy: "phy7", interface: null, blocked: null });
  await put("udev/data/n9", "I:1\n");
  expect((await read())?.interface).toBe("wlan0");
});

test("a driver of the old kind makes an interface without a phy", async () => {
  await put(`${USB}/net/wlan0/ifindex`, "5\n");
  await put(`${USB}/net/wlan0/wireless/status`, "0\n");
  expect(await read()).toEqual({ id: "1-1.3", phy: null, interface: "wlan0", blocked: null });
});

test("an Ethernet adapter is no radio", async () => {
  await put(`${USB}/net/enx001122334455/ifindex`, "5\n");
  expect(await read()).toBeNull();
});

test.each([
  ["1", "0", "hard"],
  ["0", "1", "soft"],
  ["1", "1", "hard"],
  ["0", "0", null],
])("rfkill: hard %s, soft %s → %s", async (hard, soft, blocked) => {
  await addRadio(USB, "phy7", "wlan0", 9);
  await put(`${USB}/ieee80211/phy7/rfkill3/hard`, `${hard}\n`);
  await put(`${USB}/ieee80211/phy7/rfkill3/soft`, `${soft}\n`);
  expect((await read())?.blocked).toBe(blocked);
});

test("radios that are no USB device's are known by their interfaces", async () => {
  await addRadio(USB, "phy7", "wlx001122334455", 9);
  await addRadio("sys/devices/virtual/hwsim0", "phy0", "wlan0", 3);
  await put("sys/class/net/eth0/ifindex", "2\n");
  expect(await readOtherRadios(places())).toEqual([{ id: "wlan0", phy: "phy0", interface: "wlan0", blocked: null }]);
});

test("the book tells only what differs, and vanishings first", async () => {
  const events: RadioHotplugEvent[] = [];
  let there: RadioDevice[] = [];
  const radio = (id: string, blocked: RadioDevice["blocked"] = null) =>
    ({ id, phy: "phy0", interface: id, blocked }) as RadioDevice;
  const book = new RadioBook(
    async () => there,
    (event) => events.push(event),
  );
  there = [radio("wlan0")];
  await book.look();
  await Promise.all([book.look(), book.look()]);
  there = [radio("wlan0", "soft")];
  await book.look();
  there = [radio("wlx1")];
  await book.look();
  await book.close();
  there = [];
  await book.look();
  expect(events).toEqual([
    { type: "radio.appeared", radio: radio("wlan0") },
    { type: "radio.appeared", radio: radio("wlan0", "soft") },
    { type: "radio.vanished", id: "wlan0" },
    { type: "radio.appeared", radio: radio("wlx1") },
  ]);
});
