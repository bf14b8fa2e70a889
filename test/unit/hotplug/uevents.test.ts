import fc from "fast-check";
import { expect, test } from "vitest";
import { type PortSignal, ueventReader } from "../../../src/hotplug/uevents.ts";

const block = (action: string, path: string, type = "usb_device", numbers = "BUSNUM=001\nDEVNUM=015\n"): string =>
  `KERNEL[309.455415] ${action}      ${path} (usb)\nACTION=${action}\nDEVPATH=${path}\nSUBSYSTEM=usb\n` +
  `DEVNAME=/dev/bus/usb/001/015\nDEVTYPE=${type}\nPRODUCT=19d2/31/612\nTYPE=0/0/0\n${numbers}SEQNUM=1919\nMAJOR=189\nMINOR=14\n\n`;
const HEADING = "monitor will print the received events for:\nKERNEL - the kernel uevent\n\n";
const HUB = "/devices/platform/dummy_hcd.0/usb1";

function read(...chunks: string[]): { signals: PortSignal[]; ready: number } {
  const seen = { signals: [] as PortSignal[], ready: 0 };
  const take = ueventReader({ ready: () => seen.ready++, signal: (signal) => seen.signals.push(signal) });
  for (const chunk of chunks) take(chunk);
  return seen;
}

const LIFE = [
  HEADING,
  block("add", `${HUB}/1-1`),
  block("add", `${HUB}/1-1/1-1:1.0`, "usb_interface", ""),
  block("bind", `${HUB}/1-1/1-1:1.0`, "usb_interface", ""),
  block("bind", `${HUB}/1-1`),
  block("unbind", `${HUB}/1-1`),
  block("remove", `${HUB}/1-1`),
].join("");
const EXPECTED: PortSignal[] = [
  { type: "reconfigured", port: "1-1" as never },
  { type: "bound", port: "1-1" as never, address: 15 },
  { type: "removed", port: "1-1" as never, address: 15 },
];

test("a device's life as the kernel tells it", () => {
  expect(read(LIFE)).toEqual({ signals: EXPECTED, ready: 1 });
});

test("wherever the output is cut into pieces, it says the same", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(LIFE.length), { maxLength: 20 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), LIFE.length];
      expect(read(...at.slice(1).map((end, index) => LIFE.slice(at[index], end)))).toEqual({
        signals: EXPECTED,
        ready: 1,
      });
    }),
    { numRuns: 50 },
  );
});

test.each([
  ["a root hub", block("remove", HUB)],
  ["an address of 0", block("remove", `${HUB}/1-1`, "usb_device", "BUSNUM=001\nDEVNUM=000\n")],
  ["no address", block("remove", `${HUB}/1-1`, "usb_device", "")],
  ["an address that is no number", block("remove", `${HUB}/1-1`, "usb_device", "BUSNUM=001\nDEVNUM=1e1\n")],
  ["a port of another bus", block("remove", `${HUB}/2-1`)],
  ["a change", block("change", `${HUB}/1-1`)],
  ["a block that is not ended", block("remove", `${HUB}/1-1`).trimEnd()],
])("%s says nothing", (_name, text) => {
  expect(read(HEADING, text).signals).toEqual([]);
});

/** As udevadm 257 printed it of a radio on Linux 6.12, but for the path. */
const wlan = (source: "KERNEL" | "UDEV  ", action: string, path: string, subsystem = "net"): string =>
  `${source}[17.444726] ${action}      ${path} (${subsystem})\nACTION=${action}\nDEVPATH=${path}\n` +
  `SUBSYSTEM=${subsystem}\nDEVTYPE=wlan\nINTERFACE=wlan0\nIFINDEX=2\nSEQNUM=778\n\n`;

test.each([
  ["an interface of a USB device", wlan("KERNEL", "add", `${HUB}/1-1/1-1.3/1-1.3:1.0/net/wlan0`), "1-1.3"],
  ["its name, when udev is through with it", wlan("UDEV  ", "move", `${HUB}/1-1/1-1.3/1-1.3:1.0/net/wlx1`), "1-1.3"],
  ["its phy", wlan("KERNEL", "add", `${HUB}/1-1/1-1:1.0/ieee80211/phy0`, "ieee80211"), "1-1"],
  ["its switch", wlan("KERNEL", "change", `${HUB}/1-1/1-1:1.0/ieee80211/phy0/rfkill0`, "rfkill"), "1-1"],
  ["an interface of none", wlan("KERNEL", "remove", "/devices/virtual/mac80211_hwsim/hwsim0/net/wlan0"), null],
])("%s is a signal to look for radios", (_, text, port) => {
  expect(read(HEADING, text).signals).toEqual([{ type: "radio", port }]);
});

test.each([
  ["pppd's links", wlan("KERNEL", "add", "/devices/virtual/net/ppp0")],
  ["udev's copy of a USB device's removal", block("remove", `${HUB}/1-1`).replace("KERNEL", "UDEV  ")],
])("%s: no signal", (_, text) => {
  expect(read(HEADING, text).signals).toEqual([]);
});

test("what one block says does not leak into the next", () => {
  expect(read(HEADING, block("remove", `${HUB}/1-1`), "ACTION=remove\n\n").signals).toHaveLength(1);
});

test("a line without end takes no memory and does not stop what follows", () => {
  const { signals } = read(
    HEADING,
    ...Array.from({ length: 200 }, () => "x".repeat(10_000)),
    "\n\n",
    block("remove", `${HUB}/1-1`),
  );
  expect(signals).toHaveLength(1);
});
