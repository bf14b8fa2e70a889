import { describe, expect, it } from "vitest";
import { interfaceNumber } from "../../bus/devices/description.ts";
import { descriptor } from "../../bus/devices/descriptors.ts";
import { huaweiE367 } from "../../bus/devices/models/huawei-e367.ts";
import { keyboard } from "../../bus/devices/models/keyboard.ts";
import { memoryStick } from "../../bus/devices/models/memory-stick.ts";
import { describeModel, type Model } from "../../bus/devices/models/models.ts";
import { plainModem } from "../../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../../bus/devices/models/rt2500usb.ts";
import { rt5370 } from "../../bus/devices/models/rt5370.ts";
import { rtl8187 } from "../../bus/devices/models/rtl8187.ts";
import { uselessDongle } from "../../bus/devices/models/useless-dongle.ts";
import { zteMf102 } from "../../bus/devices/models/zte-mf102.ts";

const CONFIGURATION = 0x0200;
const PRODUCT = 0x0302;

function identityOf(model: Model, name: string) {
  const identity = describeModel(model, 1).identities[name];
  if (identity === undefined) throw new Error(`no identity ${name}`);
  return identity;
}

/** The descriptors of a configuration, one by one: [type, …rest]. */
function split(configuration: Buffer): number[][] {
  const parts: number[][] = [];
  for (let start = 0; start < configuration.length; start += configuration.readUInt8(start)) {
    parts.push([...configuration.subarray(start + 1, start + configuration.readUInt8(start))]);
  }
  return parts;
}

const MODELS: readonly Model[] = [
  zteMf102({ cardReader: true }),
  huaweiE367({ subclass: 2 }),
  plainModem(),
  plainModem({ variant: "acm" }),
  plainModem({ variant: "singlePort" }),
  keyboard(),
  memoryStick(),
  rt2500usb(),
  rt5370(),
  rtl8187(),
  uselessDongle({ lacks: "driver" }),
  uselessDongle({ lacks: "firmware" }),
];

describe("every model's every identity", () => {
  const identities = MODELS.flatMap((model) =>
    Object.entries(describeModel(model, 1).identities).map(([name, identity]) => ({
      model: model.model,
      name,
      identity,
    })),
  );

  it.each(identities)("$model as $name has a configuration that adds up", ({ identity }) => {
    const whole = descriptor(identity, CONFIGURATION) as Buffer;
    expect(whole.readUInt16LE(2)).toBe(whole.length);
    expect(whole.readUInt8(8) * 2).toBe(identity.powerMilliamps);
    const interfaces = split(whole).filter(([type]) => type === 4);
    expect(interfaces.map(([, number]) => number)).toEqual(
      identity.interfaces.map((_, i) => interfaceNumber(identity, i)),
    );
    const endpoints = split(whole).flatMap(([type, address]) => (type === 5 ? [address] : []));
    expect(new Set(endpoints).size).toBe(endpoints.length);
    expect(interfaces.reduce((sum, [, , , count]) => sum + (count ?? 0), 0)).toBe(endpoints.length);
  });
});

describe("the sticks after their switch", () => {
  const codes = (model: Model): (number | undefined)[][] =>
    split(descriptor(identityOf(model, "modem"), CONFIGURATION) as Buffer)
      .filter(([type]) => type === 4)
      .map((bytes) => bytes.slice(4, 7));

  it("ZTE: three ports that look all the same, and storage", () => {
    expect(codes(zteMf102())).toEqual([
      [0xff, 0xff, 0xff],
      [0xff, 0xff, 0xff],
      [0x08, 0x06, 0x50],
      [0xff, 0xff, 0xff],
    ]);
  });

  it("Huawei: ports told apart by protocol, whatever the subclass", () => {
    expect(codes(huaweiE367({ subclass: 3 }))).toEqual([
      [0xff, 3, 1],
      [0xff, 3, 3],
      [0xff, 3, 2],
      [0x08, 0x06, 0x50],
    ]);
  });
});

describe("strings", () => {
  it("may be hostile, and as long as USB allows", () => {
    const product = `"\n\u0000$(reboot)${"ü".repeat(200)}`;
    const bytes = descriptor(identityOf(plainModem({ strings: { product } }), "modem"), PRODUCT) as Buffer;
    expect(bytes.length).toBe(254);
    expect(bytes.readUInt8(0)).toBe(254);
    expect(bytes.subarray(2).toString("utf16le")).toBe(product.slice(0, 126));
  });

  it("that do not exist are refused", () => {
    expect(descriptor(identityOf(keyboard(), "keyboard"), 0x0309)).toBeNull();
  });
});
