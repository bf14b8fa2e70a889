import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PortPath, UsbDevice } from "../../../src/hotplug/types.ts";
import { isWifi } from "../../../src/radio/is-wifi.ts";
import { missingFirmware } from "../../../src/radio/kernel-log.ts";
import { whyNoPhy } from "../../../src/radio/why-no-phy.ts";

const port = "1-1.3" as PortPath;
let root: string;
const log: string[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "no-phy-"));
  log.length = 0;
  await put(`sys/bus/usb/devices/${port}/idVendor`, "148f\n");
  await put(`sys/bus/usb/devices/${port}/idProduct`, "5370\n");
  await put(`sys/bus/usb/devices/${port}/dev`, "189:12\n");
  await mkdir(join(root, `sys/bus/usb/devices/${port}:1.0`), { recursive: true });
  await put(
    "modules/modules.alias",
    "alias usb:v148Fp5370d*dc*dsc*dp*ic*isc*ip*in* rt2800usb\nalias usb:v0403p6001d*dc*dsc*dp*ic*isc*ip*in* ftdi_sio\n",
  );
  await put(
    "modules/modules.dep",
    "kernel/drivers/net/wireless/ralink/rt2x00/rt2800usb.ko.xz: kernel/x.ko.xz\nkernel/drivers/usb/serial/ftdi_sio.ko.xz:\n",
  );
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const ask = async (phy: string | null, name: string | null, id: string = port) => {
  const places = { sysfs: `${root}/sys`, modules: `${root}/modules`, kernelLog: async () => log };
  const { failure } = await whyNoPhy({ id: id as PortPath, phy, interface: name, blocked: null }, places);
  return [failure.kind, failure.message];
};

describe("a dongle of which there is no radio", () => {
  test("no driver has taken it; the kernel has one", async () => {
    expect(await ask(null, null)).toEqual([
      "DriverMissing",
      "no driver has taken the WiFi dongle in 1-1.3, though this kernel has rt2800usb for it (is it blacklisted?)",
    ]);
  });

  test("no driver has taken it, and the kernel has none", async () => {
    await put("modules/modules.alias", "");
    expect(await ask(null, null)).toEqual(["DriverMissing", "no driver has taken the WiFi dongle in 1-1.3"]);
  });

  test("its driver has made nothing of it", async () => {
    await symlink("../../drivers/rt2800usb", `${root}/sys/bus/usb/devices/${port}:1.0/driver`);
    expect(await ask(null, null)).toEqual([
      "PhyMissing",
      "its driver rt2800usb has made no radio of the dongle in 1-1.3",
    ]);
  });

  test("its firmware is missing", async () => {
    log.push("usb 1-1.3: Direct firmware load for mt7601u.bin failed with error -2");
    expect(await ask(null, null)).toEqual(["FirmwareMissing", "the dongle in 1-1.3 needs the firmware mt7601u.bin"]);
  });

  test("its driver is of the old kind", async () => {
    expect((await ask(null, "wlan0"))[0]).toBe("WextOnly");
  });

  test("a phy without an interface, and a named one that is not there", async () => {
    expect(await ask("phy3", null)).toEqual(["PhyMissing", "phy3 in 1-1.3 has no network interface"]);
    expect(await ask(null, null, "wlan7")).toEqual(["PhyMissing", "there is no radio with an interface wlan7"]);
  });
});

describe("the kernel's word on firmware", () => {
  const lacks = "mt7601u 1-1.3:1.0: firmware: failed to load mt7601u.bin (-2)";
  test("is about this port alone, and about what is plugged in now", () => {
    expect(missingFirmware([lacks], port)).toBe("mt7601u.bin");
    expect(missingFirmware([lacks], "1-1.33")).toBeNull();
    expect(missingFirmware([lacks], "1-1")).toBeNull();
    expect(missingFirmware([lacks, "usb 1-1.3: new high-speed USB device number 9 using ehci-pci"], port)).toBeNull();
  });
});

describe("whether it is WiFi at all", () => {
  const device = { port, vendorId: 0x1234, productId: 1, product: "", manufacturer: "" } as UsbDevice;
  const find = (changes: Partial<UsbDevice>) =>
    isWifi({ ...device, ...changes }, { sysfs: `${root}/sys`, udev: `${root}/udev`, modules: `${root}/modules` });

  test.each(["802.11n WLAN Adapter", "RTL8812AU 802.11a/b/g/n/ac", "Wireless LAN stick", "Wi-Fi 6 dongle"])(
    "its own name says so: %s",
    async (product) => expect(await find({ product })).toBe(true),
  );

  test("udev's database says so", async () => {
    await put("udev/data/c189:12", "I:1\nE:ID_MODEL_FROM_DATABASE=RT5370 Wireless Adapter\n");
    expect(await find({})).toBe(true);
  });

  test("the kernel has a driver for its ids among those for wireless networks, and for another's elsewhere", async () => {
    expect(await find({ vendorId: 0x148f, productId: 0x5370 })).toBe(true);
    expect(await find({ vendorId: 0x0403, productId: 0x6001 })).toBe(false);
  });

  test.each(["Wireless Mouse", "Keyboard", "USB Serial", "WNANO", "HUAWEI Mobile", "Wireless Receiver"])(
    "no clue: %s",
    async (product) => expect(await find({ product })).toBe(false),
  );
});
