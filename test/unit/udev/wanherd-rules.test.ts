import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyUdevRules, type FakeDevice } from "./interpret.ts";
import { parseUdevRules } from "./udev-rules.ts";

const OURS = "udev/60-wanherd.rules";
const MASK = "udev/40-usb_modeswitch.rules";
const rules = parseUdevRules(readFileSync(OURS, "utf8"));
const apply = (device: FakeDevice) => applyUdevRules(rules, device);

const stick = { kernel: "1-1.3", subsystem: "usb", attributes: { idVendor: "19d2" } };
const hub = { kernel: "1-1", subsystem: "usb", attributes: { idVendor: "05e3" } };
const face = (number: string, driver = "option") => ({
  kernel: `1-1.3:1.${Number.parseInt(number, 16)}`,
  subsystem: "usb",
  driver,
  attributes: { bInterfaceNumber: number },
});
const serial = (port = "0") => ({
  kernel: "ttyUSB4",
  subsystem: "usb-serial",
  driver: "option1",
  attributes: { port_number: port },
});
const add = { action: "add", env: {} };
const usbDevice = (interfaces: string, action = "add"): FakeDevice => ({
  action,
  env: { DEVTYPE: "usb_device", ID_USB_INTERFACES: interfaces },
  chain: [stick, hub],
});

describe("a serial port gets a name that tells its place", () => {
  it.each([
    [
      "ttyUSB",
      { ...add, chain: [{ kernel: "ttyUSB4", subsystem: "tty" }, serial(), face("03"), stick, hub] },
      ["wanherd/1-1.3/if03"],
    ],
    [
      "ttyACM",
      { ...add, chain: [{ kernel: "ttyACM0", subsystem: "tty" }, face("02", "cdc_acm"), stick, hub] },
      ["wanherd/1-1.3/if02"],
    ],
    [
      "ttyHS of hso",
      { ...add, chain: [{ kernel: "ttyHS1", subsystem: "tty" }, face("00", "hso"), stick, hub] },
      ["wanherd/1-1.3/if00"],
    ],
    [
      "an interface beyond nine is hex",
      { ...add, chain: [{ kernel: "ttyUSB4", subsystem: "tty" }, serial(), face("0a"), stick] },
      ["wanherd/1-1.3/if0a"],
    ],
    [
      "the second port on one interface gets none",
      { ...add, chain: [{ kernel: "ttyUSB5", subsystem: "tty" }, serial("1"), face("00"), stick] },
      [],
    ],
    ["a port that is not on USB gets none", { ...add, chain: [{ kernel: "ttyUSB0", subsystem: "tty" }] }, []],
    ["the console gets none", { ...add, chain: [{ kernel: "ttyS0", subsystem: "tty" }] }, []],
  ])("%s", (_, device, links) => {
    expect(apply(device).links).toEqual(links);
  });
});

describe("other managers are kept off", () => {
  it("ModemManager off every USB device, its serial and its control ports", () => {
    expect(apply(usbDevice(":030101:")).env.ID_MM_DEVICE_IGNORE).toBe("1");
    const tty = { ...add, chain: [{ kernel: "ttyUSB4", subsystem: "tty" }, serial(), face("03"), stick] };
    expect(apply(tty).env).toMatchObject({ ID_MM_PORT_IGNORE: "1", ID_MM_DEVICE_IGNORE: "1" });
    const control = { ...add, chain: [{ kernel: "cdc-wdm0", subsystem: "usbmisc" }, face("04", "qmi_wwan"), stick] };
    expect(apply(control).env.ID_MM_PORT_IGNORE).toBe("1");
  });

  it.each([
    ["pppd's interface, once it has its name", "move", "wan1-1_3", [], "1"],
    ["a QMI modem's interface", "add", "wwan0", [face("04", "qmi_wwan"), stick], "1"],
    ["a USB Ethernet adapter", "add", "eth1", [face("00", "r8152"), stick], undefined],
    ["somebody else's wan", "add", "wan", [], undefined],
    ["the built-in Ethernet", "add", "eth0", [], undefined],
  ])("NetworkManager and %s", (_, action, kernel, parents, unmanaged) => {
    const device = { action, env: {}, chain: [{ kernel, subsystem: "net" }, ...parents] };
    expect(apply(device).env.NM_UNMANAGED).toBe(unmanaged);
  });

  it("NetworkManager and a WiFi dongle, but not the built-in WiFi", () => {
    const wlan = { action: "add", env: { DEVTYPE: "wlan" } };
    const chain = [{ kernel: "wlan0", subsystem: "net" }];
    expect(apply({ ...wlan, chain: [...chain, face("00", "rt2800usb"), stick] }).env.NM_UNMANAGED).toBe("1");
    expect(apply({ ...wlan, chain }).env.NM_UNMANAGED).toBeUndefined();
  });
});

describe("the service starts at the first device that may be ours", () => {
  it.each([
    ["a stick in storage mode", ":080650:", "wanherd.service"],
    ["a modem", ":ffffff:080650:", "wanherd.service"],
    ["a CDC modem", ":020201:0a0000:", "wanherd.service"],
    ["a keyboard", ":030101:030000:", undefined],
    ["a hub", ":090001:", undefined],
  ])("%s", (_, interfaces, wants) => {
    const { env, tags } = apply(usbDevice(interfaces));
    expect(env.SYSTEMD_WANTS).toBe(wants);
    expect(tags).toEqual(wants === undefined ? [] : ["systemd"]);
  });

  it("and not when one goes", () => {
    expect(apply(usbDevice(":ffffff:", "remove"))).toEqual({ env: usbDevice(":ffffff:").env, links: [], tags: [] });
  });
});

describe("the files themselves", () => {
  it("only tag: nothing is run, loaded or written", () => {
    const keys = new Set(rules.flat().map((token) => token.key));
    for (const forbidden of ["RUN", "PROGRAM", "IMPORT", "ATTR", "NAME", "MODE"]) expect(keys).not.toContain(forbidden);
  });

  it("every GOTO has its label, further down", () => {
    for (const [index, rule] of rules.entries()) {
      for (const { key, value } of rule) {
        if (key !== "GOTO") continue;
        const label = rules.findIndex((other) => other.some((token) => token.key === "LABEL" && token.value === value));
        expect(label, value).toBeGreaterThan(index);
      }
    }
  });

  it("the one that takes the place of usb_modeswitch's holds no rule", () => {
    expect(parseUdevRules(readFileSync(MASK, "utf8"))).toEqual([]);
  });
});
