import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carrierNames } from "../../bus/carriers/addresses.ts";
import { parsePaths } from "../../bus/carriers/paths.ts";
import { matchesPattern, PATTERN } from "../../bus/carriers/pattern.ts";
import { pppdArguments } from "../../bus/carriers/pppd.ts";
import { netemArguments } from "../../bus/carriers/shaping.ts";
import { parseKernelEvent } from "../../bus/devices/event-recorder.ts";
import { placeOf } from "../../bus/usbip/vhci.ts";

describe("the bus's ports", () => {
  it("are the root hub's, or those of a hub in one of them", () => {
    expect(placeOf("1-1", 1)).toEqual({ hub: null, number: 1 });
    expect(placeOf("3-15", 3)).toEqual({ hub: null, number: 15 });
    expect(placeOf("1-8.2", 1)).toEqual({ hub: "1-8", number: 2 });
    expect(placeOf("1-8.2.4", 1)).toEqual({ hub: "1-8.2", number: 4 });
  });

  it.each(["1-0", "1-16", "2-1", "1-8.16", "1-8.", "1-.1", "usb1", ""])("do not include %j", (path) => {
    expect(() => placeOf(path, 1)).toThrow("is not on the virtual bus");
  });
});

describe("a carrier", () => {
  it("has an id that fits into an address", () => {
    expect(carrierNames(7)).toMatchObject({ namespace: "carrier-7", pppLocal: "10.64.7.1", pppRemote: "10.64.7.2" });
    for (const id of [0, 251, 1.5]) expect(() => carrierNames(id)).toThrow("1 to 250");
  });

  it("has netem words for its shape", () => {
    expect(netemArguments({}).join(" ")).toBe("netem limit 100");
    expect(
      netemArguments({ rateKbytes: 120, delayMs: 45, jitterMs: 5, lossPercent: 0.5, queuePackets: 50 }).join(" "),
    ).toBe("netem limit 50 delay 45ms 5ms loss 0.5% rate 960kbit");
    expect(netemArguments("black hole").join(" ")).toBe("netem loss 100%");
  });

  it("keeps its caller's password off the command line", () => {
    const args = pppdArguments(carrierNames(1), { protocol: "chap", user: "joe", password: "s3cret" });
    expect(args).toContain("require-chap");
    expect(args.join(" ")).not.toContain("s3cret");
    expect(pppdArguments(carrierNames(1), null)).toContain("noauth");
  });
});

describe("a body", () => {
  it("is right wherever it is cut, and wrong with one byte changed or shifted", () => {
    const whole = Buffer.concat([PATTERN, PATTERN]);
    fc.assert(
      fc.property(fc.nat(PATTERN.length - 1), fc.integer({ min: 1, max: PATTERN.length }), (offset, length) => {
        const part = Buffer.from(whole.subarray(offset, offset + length));
        expect(matchesPattern(part, offset)).toBe(true);
        expect(matchesPattern(part, offset + 3 * PATTERN.length)).toBe(true);
        expect(matchesPattern(part, offset + 1)).toBe(false);
        part.writeUInt8((part.readUInt8(length - 1) + 1) % 256, length - 1);
        expect(matchesPattern(part, offset)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe("what is recorded", () => {
  it("gathers a connection's interfaces from nft's listing", () => {
    const concat = (port: number, name: string) => ({ concat: ["10.64.1.2", port, name] });
    const elem = [concat(4000, "carrier1"), concat(4001, "carrier1"), concat(4000, "carrier2")];
    expect(parsePaths(JSON.stringify({ nftables: [{ metainfo: {} }, { set: { name: "paths", elem } }] }))).toEqual([
      { address: "10.64.1.2", port: 4000, interfaces: ["carrier1", "carrier2"] },
      { address: "10.64.1.2", port: 4001, interfaces: ["carrier1"] },
    ]);
    expect(parsePaths(JSON.stringify({ nftables: [{ set: { name: "paths" } }] }))).toEqual([]);
  });

  it("takes the kernel's events with their time, and nothing else udevadm says", () => {
    expect(parseKernelEvent("KERNEL[89.846504] remove   /devices/platform/vhci_hcd.0/usb1/1-1 (usb)")).toEqual({
      atMs: 89846.504,
      source: "kernel",
      text: "remove /devices/platform/vhci_hcd.0/usb1/1-1 (usb)",
    });
    expect(parseKernelEvent("KERNEL - the kernel uevent")).toBeNull();
  });
});
