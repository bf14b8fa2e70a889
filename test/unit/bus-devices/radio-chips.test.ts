import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Air, type AirFrame } from "../../bus/devices/radio/air.ts";
import { Eeprom93c46 } from "../../bus/devices/radio/eeprom-93c46.ts";
import { Rt2500, type Rt2500Params } from "../../bus/devices/radio/rt2500.ts";
import { readTransmission, writeReception } from "../../bus/devices/radio/rt2500-frames.ts";
import { Rtl8187 } from "../../bus/devices/radio/rtl8187.ts";
import { InEndpoint } from "../../bus/usbip/in-endpoint.ts";

const NONE = Buffer.alloc(0);
const AP = "02:00:00:00:00:01";
const STATION = "02:00:00:00:00:02";

/** An RT2570 as its driver has it: registers by number, frames on endpoints. */
class Driven {
  readonly chip: Rt2500;
  readonly heard: Buffer[] = [];

  constructor(air: Air, params: Rt2500Params) {
    const bulkIn = new InEndpoint((_seqnum, data) => this.heard.push(Buffer.from(data)));
    for (let seqnum = 0; seqnum < 100; seqnum++) bulkIn.request(seqnum, 2448);
    this.chip = new Rt2500(params, { air, bulkIn, log: () => {} });
    for (let at = 0; at < 3; at++) this.write(0x404 + 2 * at, bytesOf(params.mac).readUInt16LE(2 * at));
  }

  read(index: number, request = 7): number {
    const answer = this.chip.control({ requestType: 0xc0, request, value: 0, index, length: 2 }, NONE);
    if (answer instanceof Promise) throw new Error("it is silent");
    return answer.readUInt16LE(0);
  }

  write(index: number, value: number): void {
    const data = Buffer.alloc(2);
    data.writeUInt16LE(value);
    void this.chip.control({ requestType: 0x40, request: 6, value: 0, index, length: 2 }, data);
  }

  tune(channel: number): void {
    const word = 0xc1fda + 20 * (channel - 1);
    this.write(0x4d2, word & 0xffff);
    this.write(0x4d4, 0x9400 | (word >> 16));
  }
}

function bytesOf(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}

/** A frame of IEEE 802.11 to this address. */
function frameTo(mac: string, control = 0x0000): Buffer {
  const frame = Buffer.alloc(40, 0x5a);
  frame.writeUInt16LE(control, 0);
  bytesOf(mac).copy(frame, 4);
  return frame;
}

/** What the driver puts into an OUT transfer, at 54 Mbit/s. */
function transferOf(frame: Buffer): Buffer {
  const descriptor = Buffer.alloc(20);
  descriptor.writeUInt32LE(((frame.length << 16) | 0x0800) >>> 0, 0);
  descriptor.writeUInt32LE(0x0c, 8);
  return Buffer.concat([descriptor, frame, Buffer.alloc(2)]);
}

describe("what an RT2570 and its driver exchange", () => {
  it("is a frame behind a descriptor, and one before a descriptor", () => {
    const frame = readTransmission(transferOf(frameTo(STATION))) as AirFrame;
    expect(frame).toEqual({ bytes: frameTo(STATION), modulation: "ofdm", rate: 0x0c });
    const reception = writeReception(frame, "me", true);
    expect(reception).toHaveLength(40 + 4 + 16);
    expect(reception.subarray(44).toString("hex")).toBe("52002c00500c00000000000000000000");
  });

  it("tells a CCK rate by its code one way and by its speed the other", () => {
    const transfer = transferOf(frameTo(STATION));
    transfer.writeUInt32LE((40 << 16) >>> 0, 0);
    transfer.writeUInt32LE(0x0b, 8);
    const frame = readTransmission(transfer) as AirFrame;
    expect(frame).toMatchObject({ modulation: "cck", rate: 3 });
    expect(writeReception(frame, "multicast", false).readUInt32LE(48) >> 8).toBe(110);
  });

  it("is nothing when it is too short for a frame", () => {
    expect(readTransmission(Buffer.alloc(1))).toBeNull();
    expect(readTransmission(Buffer.alloc(24))).toBeNull();
  });
});

describe("an RT2570", () => {
  let air: Air;
  let ap: Driven;
  let station: Driven;

  beforeEach(() => {
    vi.useFakeTimers();
    air = new Air();
    ap = new Driven(air, { mac: AP });
    station = new Driven(air, { mac: STATION });
    ap.tune(6);
    station.tune(6);
  });

  afterEach(() => {
    ap.chip.stop();
    station.chip.stop();
    vi.useRealTimers();
  });

  it("answers its driver's first questions: address, revision, baseband, states", () => {
    const driven = new Driven(air, { mac: "00:11:22:33:44:55" });
    expect(driven.read(4, 9)).toBe(0x1100);
    expect(driven.read(0x400)).toBe(3);
    driven.write(0x4ce, 0x8000);
    expect(driven.read(0x4d0)).toBe(0);
    expect([0, 0xff]).not.toContain(driven.read(0x4ce) & 0xff);
    driven.write(0x422, 0x001f);
    expect(driven.read(0x422) & 0x1e0).toBe(0x1e0);
  });

  it("falls silent when its interface is set up, or has a switch that is off, when told to", () => {
    const silent = new Driven(air, { mac: AP, fault: "falls silent" });
    expect(silent.read(0x400)).toBe(3);
    void silent.chip.control({ requestType: 0x40, request: 1, value: 4, index: 1, length: 0 }, NONE);
    expect(() => silent.read(0x400)).toThrow("silent");
    const off = new Driven(air, { mac: AP, radioSwitch: "off" });
    expect(off.read(0x16, 9) & 0x400).toBe(0x400);
    expect(off.read(0x426) & 0x80).toBe(0);
  });

  it("is heard by those on its channel only", () => {
    const elsewhere = new Driven(air, { mac: STATION });
    elsewhere.tune(11);
    ap.chip.out(1, transferOf(frameTo(STATION)));
    expect(station.heard).toHaveLength(1);
    expect(elsewhere.heard).toEqual([]);
    expect(ap.heard).toEqual([]);
  });

  it("drops what its driver has told it to drop, and nothing else", () => {
    const [toDs, control] = [0x0108, 0x00d4];
    station.write(0x444, 0x0010 | 0x0020 | 0x0008 | 0x0200);
    for (const frame of [frameTo(AP), frameTo(STATION, toDs), frameTo(STATION, control), frameTo("01:00:5e:00:00:01")])
      ap.chip.out(1, transferOf(frame));
    expect(station.heard).toEqual([]);
    for (const frame of [frameTo(STATION), frameTo("ff:ff:ff:ff:ff:ff")]) ap.chip.out(1, transferOf(frame));
    expect(station.heard).toHaveLength(2);
    station.write(0x444, 0x0001);
    ap.chip.out(1, transferOf(frameTo(STATION)));
    expect(station.heard).toHaveLength(2);
  });

  it("repeats its beacon, with its clock in it, until the generator is off", () => {
    ap.write(0x464, (400 << 4) & 0xfff0);
    ap.chip.out(3, Buffer.alloc(1));
    ap.chip.out(3, transferOf(frameTo("ff:ff:ff:ff:ff:ff", 0x0080)));
    for (const value of [0x19, 0x09, 0x19]) ap.write(0x466, value);
    vi.advanceTimersByTime(1030);
    expect(station.heard).toHaveLength(10);
    const clocks = station.heard.map((transfer) => transfer.readBigUInt64LE(24));
    expect([...clocks].sort((a, b) => Number(a - b))).toEqual(clocks);
    ap.write(0x466, 0x09);
    vi.advanceTimersByTime(1000);
    expect(station.heard).toHaveLength(10);
  });
});

describe("a 93C46", () => {
  it("gives the word at an address bit by bit, highest first", () => {
    const words = new Uint16Array(64);
    words[7] = 0xbeef;
    const eeprom = new Eeprom93c46(words);
    expect([readWord(eeprom, 7), readWord(eeprom, 8), readWord(eeprom, 7)]).toEqual([0xbeef, 0, 0xbeef]);
  });
});

function readWord(eeprom: Eeprom93c46, address: number): number {
  const clock = (bit: number): void => {
    for (const level of [false, true, false]) eeprom.drive(true, level, bit === 1 ? 1 : 0);
  };
  for (const bit of `110${address.toString(2).padStart(6, "0")}`) clock(Number(bit));
  let word = 0;
  for (let bit = 0; bit < 16; bit++) {
    clock(0);
    word = (word << 1) | eeprom.output;
  }
  eeprom.drive(false, false, 0);
  return word;
}

describe("an RTL8187", () => {
  it("keeps registers by page, is never in reset, and has a switch", () => {
    const chip = new Rtl8187({ mac: AP, radioSwitch: "off" });
    const read = (value: number, index = 0): number =>
      chip.control({ requestType: 0xc0, request: 5, value, index, length: 1 }, NONE)[0] ?? -1;
    const write = (value: number, index: number, byte: number): void => {
      chip.control({ requestType: 0x40, request: 5, value, index, length: 1 }, Buffer.from([byte]));
    };
    write(0xff37, 0, 0x1c);
    expect(read(0xff37)).toBe(0x0c);
    write(0xff80, 1, 0x42);
    expect([read(0xff80), read(0xff80, 1)]).toEqual([0, 0x42]);
    expect(read(0xff92) & 0x02).toBe(0);
  });
});
