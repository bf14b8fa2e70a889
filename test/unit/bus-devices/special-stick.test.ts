import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { AttachedIdentity } from "../../bus/devices/attached-identity.ts";
import type { Heard, Identity } from "../../bus/devices/description.ts";
import { descriptor } from "../../bus/devices/descriptors.ts";
import { DeviceLog } from "../../bus/devices/device-log.ts";
import { describeModel } from "../../bus/devices/models/models.ts";
import { SPECIAL_MODES, type SpecialMode, specialMode } from "../../bus/devices/models/special-modes.ts";
import { specialStick } from "../../bus/devices/models/special-stick.ts";
import type { SetupPacket } from "../../bus/usbip/setup-packet.ts";

/** A device of the virtual bus with nothing on the other end of its cable. */
class LoneDevice {
  readonly becomes: string[] = [];
  readonly #attached: AttachedIdentity;
  readonly #out: number;

  constructor(identity: Identity) {
    const addresses = identity.interfaces[0]?.endpoints.map(({ address }) => address) ?? [];
    this.#out = addresses.find((address) => address < 0x80) ?? 0;
    this.#attached = new AttachedIdentity(new PassThrough(), {
      identity,
      modem: null,
      hub: null,
      log: new DeviceLog(),
      onUsbReset: () => {},
      onTrigger: (becomes) => this.becomes.push(becomes),
      onClosed: () => {},
    });
  }

  hear(heard: Heard): Buffer | null | undefined {
    if ("message" in heard) {
      void this.#attached.out(this.#out, Buffer.from(heard.message, "hex"));
      return undefined;
    }
    const data = Buffer.from(heard.data ?? "", "hex");
    return this.request({ ...heard, length: heard.length ?? data.length }, data);
  }

  request(setup: SetupPacket, data = Buffer.alloc(0)): Buffer | null {
    return this.#attached.control(setup, data);
  }

  configure(value: number): Buffer | null {
    return this.request({ requestType: 0, request: 9, value, index: 0, length: 0 });
  }

  close(): void {
    this.#attached.close();
  }
}

function identity(mode: SpecialMode, name = "storage", ignored = 0): Identity {
  const found = describeModel(specialStick(mode, { ignored }), 1).identities[name];
  if (found === undefined) throw new Error(`no identity ${name}`);
  return found;
}

const sequences = (Object.keys(SPECIAL_MODES) as SpecialMode[]).flatMap((mode) => {
  const { heard } = specialMode(mode);
  return heard === "eject" || heard === "nothing" ? [] : [{ mode, heard }];
});

/** The transfer with one byte, or one field, a little different, in every possible place. */
function spoilt(heard: Heard): Heard[] {
  const flip = (hex: string): string[] =>
    Array.from({ length: hex.length / 2 }, (_, at) => {
      const bytes = Buffer.from(hex, "hex");
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      return bytes.toString("hex");
    });
  if ("message" in heard) return flip(heard.message).map((message) => ({ ...heard, message }));
  const fields = (["requestType", "request", "value", "index"] as const).map((name) => ({
    ...heard,
    [name]: heard[name] + 1,
  }));
  const data = flip(heard.data ?? "").map((hex) => ({ ...heard, data: hex }));
  return [...fields, { ...heard, length: (heard.length ?? (heard.data ?? "").length / 2) + 1 }, ...data];
}

describe.each(sequences)("a stick of $mode", ({ mode, heard }) => {
  const tell = (transfers: readonly Heard[]): string[] => {
    const device = new LoneDevice(identity(mode));
    for (const transfer of transfers) device.hear(transfer);
    device.close();
    return device.becomes;
  };

  it("hears what is meant for it, also after noise", () => {
    expect(tell(heard)).toEqual(["modem"]);
    const noise = { requestType: 0x40, request: 0x99, value: 0, index: 0 };
    expect(tell([noise, ...heard])).toEqual(["modem"]);
  });

  it("hears nothing else, were it one byte", () => {
    for (const [at, transfer] of heard.entries()) {
      for (const wrong of spoilt(transfer)) expect(tell(heard.with(at, wrong))).toEqual([]);
    }
  });

  it("hears nothing that lacks a part or is in another order", () => {
    for (const at of heard.keys()) expect(tell(heard.toSpliced(at, 1))).toEqual([]);
    if (heard.length === 2) expect(tell(heard.toReversed())).toEqual([]);
  });
});

describe("a special stick", () => {
  it("ignores what it hears as often as it is told to", () => {
    const device = new LoneDevice(identity("kobil", "storage", 2));
    const asked = specialMode("kobil").heard as readonly Heard[];
    for (const expected of [[], [], ["modem"]]) {
      for (const transfer of asked) expect(device.hear(transfer)).toHaveLength(8);
      expect(device.becomes).toEqual(expected);
    }
  });

  it("stalls a request that it does not know", () => {
    const device = new LoneDevice(identity("quanta"));
    expect(device.request({ requestType: 0xc0, request: 0xfe, value: 0, index: 0, length: 1 })).toBeNull();
  });

  it("of Sony's kind refuses its second configuration until it is asked once more", () => {
    const device = new LoneDevice(identity("sony", "modem"));
    expect([device.configure(1), device.configure(2)]).toEqual([Buffer.alloc(0), null]);
    for (const transfer of specialMode("sony").heard as readonly Heard[]) device.hear(transfer);
    expect(device.configure(2)).toEqual(Buffer.alloc(0));
    expect(device.request({ requestType: 0x80, request: 8, value: 0, index: 0, length: 1 })).toEqual(Buffer.from([2]));
    expect(device.becomes).toEqual([]);
  });

  it("changes by itself in its time, but not once it is pulled out", () => {
    vi.useFakeTimers();
    const [stays, pulled] = [1, 2].map(() => new LoneDevice(identity("pantechByItself")));
    pulled?.close();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect([stays?.becomes, pulled?.becomes]).toEqual([["modem"], []]);
  });

  it("describes both of its configurations", () => {
    const both = identity("configuration");
    expect(descriptor(both, 0x0100)?.readUInt8(17)).toBe(2);
    // bConfigurationValue and the class of the first interface.
    const seen = [0, 1].map((index) => descriptor(both, 0x0200 + index)).map((bytes) => [bytes?.[5], bytes?.[14]]);
    expect(seen).toEqual([
      [1, 0x08],
      [3, 0xff],
    ]);
    expect(descriptor(both, 0x0202)).toBeNull();
  });
});
