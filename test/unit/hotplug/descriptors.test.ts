import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDescriptors } from "../../../src/hotplug/descriptors.ts";

/** Device descriptor of 19d2:0031, USB 2.0. */
const device = Buffer.from("1201000200000040d2193100120601020301", "hex");
const bytes = (...parts: string[]): Buffer => Buffer.concat([device, ...parts.map((part) => Buffer.from(part, "hex"))]);
const config = (value: number): string => `0902000001${value.toString(16).padStart(2, "0")}00807d`;
const alt = (number: number, setting: number, cls = "ffffff"): string =>
  `0904${number.toString(16).padStart(2, "0")}${setting.toString(16).padStart(2, "0")}02${cls}00`;
const ENDPOINT = "07058102000200";

test("two configurations with their interfaces, each in its default setting, sorted", () => {
  const parsed = parseDescriptors(
    bytes(config(1), alt(2, 0), ENDPOINT, alt(0, 0, "080650"), config(2), alt(1, 0), alt(1, 1, "020202")),
  );
  expect(parsed).toMatchObject({ vendorId: 0x19d2, productId: 0x0031, deviceClass: 0 });
  expect(parsed?.configurations).toEqual(
    new Map([
      [
        1,
        [
          { number: 0, class: 8, subclass: 6, protocol: 0x50 },
          { number: 2, class: 255, subclass: 255, protocol: 255 },
        ],
      ],
      [2, [{ number: 1, class: 255, subclass: 255, protocol: 255 }]],
    ]),
  );
});

test("a descriptor of length 0, or longer than what is left, ends the reading; what came before stays", () => {
  for (const bad of ["0004", "ff04000000"]) {
    const parsed = parseDescriptors(bytes(config(1), alt(0, 0), bad, alt(1, 0)));
    expect(parsed?.configurations.get(1)).toHaveLength(1);
  }
});

test("no more interfaces are taken than the kernel takes", () => {
  const many = Array.from({ length: 200 }, (_, number) => alt(number, 0));
  expect(parseDescriptors(bytes(config(1), ...many))?.configurations.get(1)).toHaveLength(32);
});

test("no bytes whatever make it throw or loop", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      parseDescriptors(Buffer.concat([device, any]));
      parseDescriptors(Buffer.from(any));
    }),
  );
});
