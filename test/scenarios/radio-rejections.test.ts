import { afterAll, beforeAll, expect, test } from "vitest";
import type { PortStatus } from "../../src/inspector/types.ts";
import { Box } from "../bus/box.ts";
import type { Model } from "../bus/devices/models/models.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { rt5370 } from "../bus/devices/models/rt5370.ts";
import { rtl8187 } from "../bus/devices/models/rtl8187.ts";
import { uselessDongle } from "../bus/devices/models/useless-dongle.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";
import { radioOf } from "../bus/station.ts";

interface Case {
  readonly what: string;
  readonly dongle: Model;
  readonly reason: RegExp;
  /** The kernel makes an interface of it. */
  readonly hasInterface: boolean;
}

/** By port. */
const CASES: readonly Case[] = [
  { what: "no AP mode", dongle: rtl8187(), reason: /cannot be an access point/, hasInterface: true },
  { what: "no driver", dongle: uselessDongle({ lacks: "driver" }), reason: /no driver/, hasInterface: false },
  { what: "no firmware", dongle: uselessDongle({ lacks: "firmware" }), reason: /firmware/, hasInterface: false },
  {
    what: "no firmware, which is only seen when its interface is set up",
    dongle: rt5370(),
    reason: /firmware/,
    hasInterface: true,
  },
  {
    what: "hostapd cannot start it",
    dongle: rt2500usb({ fault: "falls silent" }),
    reason: /hostapd/,
    hasInterface: true,
  },
  {
    what: "switched off",
    dongle: rt2500usb({ radioSwitch: "off" }),
    reason: /switch/,
    hasInterface: true,
  },
  { what: "another program's", dongle: rt2500usb(), reason: /wpa_supplicant/, hasInterface: true },
];
const BUSY = 7;

let box: Box;
let supplicant: GuestProcess;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), []);
  await box.bus.plug(box.bus.port(BUSY), rt2500usb());
  const config = 'network={\n ssid="elsewhere"\n key_mgmt=NONE\n}\n';
  await box.guest.writeFile("/run/elsewhere.conf", config);
  const radio = await radioOf(box.guest, box.bus.port(BUSY));
  supplicant = await box.guest.start(["wpa_supplicant", "-D", "nl80211", "-i", radio, "-c", "/run/elsewhere.conf"]);
  await box.start();
  for (const [index, { dongle }] of CASES.entries())
    if (index + 1 !== BUSY) await box.bus.plug(box.bus.port(index + 1), dongle);
});

afterAll(async () => {
  await supplicant.stop();
  await box.bus.unplugAll();
  await box.stop();
});

test("each dongle that cannot serve is rejected for a reason of its own, in status and in explain", async () => {
  const rejected = new Map<string, PortStatus>();
  // Those that may mend themselves are tried again now and then.
  await box.until(
    "each was rejected",
    ({ ports }) => {
      for (const each of ports)
        if (each.state === "rejected" && !rejected.has(each.port)) rejected.set(each.port, each);
      return rejected.size === CASES.length;
    },
    120_000,
  );
  for (const [index, { what, reason }] of CASES.entries()) {
    const port = box.bus.port(index + 1);
    expect(rejected.get(port), what).toMatchObject({ kind: "radio", reason: expect.stringMatching(reason) });
  }
  expect(new Set([...rejected.values()].map(({ reason }) => reason)).size).toBe(CASES.length);
  for (const [index, { what, reason }] of CASES.entries()) {
    const explain = ["node", "/wanherd/dist/wanherd.js", "explain", box.bus.port(index + 1)];
    expect((await box.guest.exec(explain)).stdout.replaceAll(/\s+/g, " "), what).toMatch(reason);
  }
}, 240_000);

test("their interfaces are as they were: down, managed, in no bridge, without an address", async () => {
  for (const [index, { what, hasInterface }] of CASES.entries()) {
    if (!hasInterface || index + 1 === BUSY) continue;
    const radio = await radioOf(box.guest, box.bus.port(index + 1));
    const look = `ip -j link show ${radio}; ip -br -4 addr show ${radio}; iw dev ${radio} info`;
    const { stdout } = await box.guest.exec(["sh", "-c", look]);
    expect(stdout, what).not.toMatch(/"UP"|"master"|\d\.\d+\.\d+\.\d+\//);
    expect(stdout, what).toMatch(/type managed/);
  }
});

test("a dongle given back by the other program serves", async () => {
  await supplicant.stop();
  await box.guest.exec(["ip", "link", "set", await radioOf(box.guest, box.bus.port(BUSY)), "down"]);
  await box.bus.act(box.bus.port(BUSY), "retry");
  await box.untilState(box.bus.port(BUSY), "serving");
});
