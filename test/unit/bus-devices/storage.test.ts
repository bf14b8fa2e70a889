import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { AttachedIdentity } from "../../bus/devices/attached-identity.ts";
import { DeviceLog } from "../../bus/devices/device-log.ts";
import { huaweiE367 } from "../../bus/devices/models/huawei-e367.ts";
import { memoryStick } from "../../bus/devices/models/memory-stick.ts";
import { describeModel, type Model } from "../../bus/devices/models/models.ts";
import { zteMf102 } from "../../bus/devices/models/zte-mf102.ts";
import { encodeStatus } from "../../bus/devices/storage/command-block.ts";
import { createMedium } from "../../bus/devices/storage/disk.ts";
import { executeScsi, type LogicalUnit, NO_SENSE } from "../../bus/devices/storage/scsi.ts";
import { StorageFunction } from "../../bus/devices/storage/storage-function.ts";
import { InEndpoint } from "../../bus/usbip/in-endpoint.ts";

function unit(kind: "disk" | "cd-rom" = "disk"): LogicalUnit {
  return { kind, vendor: "Vendor", product: "Product", medium: createMedium(kind, 64), sense: NO_SENSE };
}

const scsi = (...bytes: number[]): Buffer => Buffer.concat([Buffer.from(bytes), Buffer.alloc(16 - bytes.length)]);

function wrapper(command: Buffer, dataLength: number, direction: "in" | "out"): Buffer {
  const bytes = Buffer.alloc(31);
  bytes.write("USBC");
  bytes.writeUInt32LE(0x1234, 4);
  bytes.writeUInt32LE(dataLength, 8);
  bytes.writeUInt8(direction === "in" ? 0x80 : 0, 12);
  bytes.writeUInt8(16, 14);
  command.copy(bytes, 15);
  return bytes;
}

describe("SCSI commands", () => {
  it("READ(10) gives sectors that hold their own number", () => {
    const outcome = executeScsi(scsi(0x28, 0, 0, 0, 0, 5, 0, 0, 2), unit());
    if (outcome.kind !== "data") throw new Error(outcome.kind);
    expect(outcome.data.length).toBe(1024);
    expect([outcome.data.readUInt32BE(0), outcome.data.readUInt32BE(508), outcome.data.readUInt32BE(512)]).toEqual([
      5, 5, 6,
    ]);
  });

  it.each([
    ["a command that does not exist", scsi(0x99), 0x2000],
    ["a page of vital product data", scsi(0x12, 1, 0x80), 0x2400],
    ["a read beyond the end", scsi(0x28, 0, 0, 0, 0, 63, 0, 0, 2), 0x2100],
    ["a write beyond the end", scsi(0x2a, 0, 0, 0, 0, 64, 0, 0, 1), 0x2100],
  ])("refuse %s with its own sense code", (_name, command, code) => {
    expect(executeScsi(command, unit())).toEqual({ kind: "check", sense: { key: 5, code } });
  });

  it("a CD is write-protected", () => {
    expect(executeScsi(scsi(0x2a, 0, 0, 0, 0, 0, 0, 0, 1), unit("cd-rom"))).toMatchObject({ sense: { code: 0x2700 } });
  });

  it("after an eject there is no medium; starting the motor is no eject", () => {
    const cd = unit("cd-rom");
    expect(executeScsi(scsi(0x1b, 0, 0, 0, 1), cd).kind).toBe("done");
    expect(executeScsi(scsi(0), cd).kind).toBe("done");
    expect(executeScsi(scsi(0x1b, 0, 0, 0, 2), cd).kind).toBe("ejected");
    expect(executeScsi(scsi(0), cd)).toMatchObject({ sense: { code: 0x3a00 } });
  });
});

describe("bulk-only transport", () => {
  function storage() {
    const bulkIn = new InEndpoint((_seqnum, data) => answers.push(data.toString("hex")));
    const answers: string[] = [];
    const disk = unit();
    const made = new StorageFunction(bulkIn, [disk], { isMessage: () => false, command: () => {} });
    let seqnum = 0;
    const read = (length: number): string => {
      bulkIn.request(++seqnum, length);
      return answers.at(-1) ?? "";
    };
    return { made, read, disk };
  }
  const status = (residue: number, passed: boolean): string => encodeStatus(0x1234, residue, passed).toString("hex");

  it("ends a refused read with an empty data phase, then says so; REQUEST SENSE tells why", () => {
    const { made, read } = storage();
    made.out(wrapper(scsi(0x99), 36, "in"));
    expect([read(36), read(13)]).toEqual(["", status(36, false)]);
    made.out(wrapper(scsi(0x03), 18, "in"));
    expect(read(18).slice(24, 28)).toBe("2000");
  });

  it("takes a write in pieces, and the sector is another afterwards", () => {
    const { made, read, disk } = storage();
    made.out(wrapper(scsi(0x2a, 0, 0, 0, 0, 7, 0, 0, 1), 512, "out"));
    made.out(Buffer.alloc(500, "a"));
    made.out(Buffer.alloc(12, "b"));
    expect(read(13)).toBe(status(0, true));
    expect(disk.medium?.read(7, 1)?.subarray(498, 502).toString()).toBe("aabb");
  });

  it("forgets an unread status when the next command comes", () => {
    const { made, read } = storage();
    made.out(wrapper(scsi(0), 0, "out"));
    made.out(wrapper(scsi(0x25), 8, "in"));
    expect(read(8)).toBe("0000003f00000200");
  });
});

describe("what makes a stick change its identity", () => {
  function triggersPulledBy(model: Model, bytes: Buffer): string[] {
    const { identities, first } = describeModel(model, 1);
    const pulled: string[] = [];
    const identity = identities[first];
    if (identity === undefined) throw new Error("a model without its first identity");
    const attached = new AttachedIdentity(new PassThrough(), {
      identity,
      modem: null,
      hub: null,
      log: new DeviceLog(),
      onUsbReset: () => {},
      onTrigger: (becomes) => pulled.push(becomes),
      onClosed: () => {},
    });
    void attached.out(1, bytes);
    return pulled;
  }
  const NEW_MODE = "55534243123456780000000000000011062000000101000100000000000000";
  const EJECT = wrapper(scsi(0x1b, 0, 0, 0, 2), 0, "out");

  it("Huawei: the new mode's message, byte for byte", () => {
    expect(triggersPulledBy(huaweiE367(), Buffer.from(NEW_MODE, "hex"))).toEqual(["modem"]);
    const otherTag = NEW_MODE.replace("12345678", "12345679");
    expect(triggersPulledBy(huaweiE367(), Buffer.from(otherTag, "hex"))).toEqual([]);
    expect(triggersPulledBy(huaweiE367(), EJECT)).toEqual([]);
  });

  it("ZTE: a standard eject", () => {
    expect(triggersPulledBy(zteMf102(), EJECT)).toEqual(["modem"]);
    expect(triggersPulledBy(zteMf102(), wrapper(scsi(0x1e), 0, "out"))).toEqual([]);
  });

  it("a memory stick: nothing", () => {
    expect(triggersPulledBy(memoryStick(), EJECT)).toEqual([]);
    expect(triggersPulledBy(memoryStick(), Buffer.from(NEW_MODE, "hex"))).toEqual([]);
  });
});
