import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { untar } from "../../../src/rules/usb-modeswitch/untar.ts";
import { tarOf } from "./tar-of.ts";

const contents = (archive: Uint8Array) =>
  [...untar(archive)].map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]);

describe("a tar archive", () => {
  it("gives its files in order, with contents of any length", () => {
    const files: [string, string][] = [
      ["empty", ""],
      ["12d1:1446", "HuaweiNewMode=1\n"],
      ["just a block", "x".repeat(512)],
      ["a byte more", "y".repeat(513)],
    ];
    expect(contents(tarOf(files))).toEqual(files);
  });

  it("is read without folders and links, and without a leading ./", () => {
    const archive = tarOf([
      ["./", "", "5"],
      ["./a", "one"],
      ["link", "", "2"],
    ]);
    expect(contents(archive)).toEqual([["a", "one"]]);
  });

  it.each([
    ["cut within a file", tarOf([["a", "x".repeat(600)]]).subarray(0, 1024), "ends within a file"],
    ["cut before its end mark", tarOf([["a", "x"]]).subarray(0, 1024), "without its end mark"],
    ["with a flipped bit in a header", tarOf([["a", "x"]]).with(3, 1), "damaged header"],
    ["with a size that is no number", tarOf([["a", "x"]]).with(124, 0x7a), "damaged header"],
    ["empty", new Uint8Array(), "without its end mark"],
    ["of text", new TextEncoder().encode("not an archive ".repeat(100)), "header"],
  ])("is refused %s", (_, archive, reason) => {
    expect(() => contents(archive)).toThrow(reason);
  });

  it("of any bytes ends with files inside it or with an error", () => {
    const sound = tarOf([["a", "hello"]]);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), (at, byte) => {
        try {
          for (const { bytes } of untar(sound.with(at, byte))) expect(bytes.length).toBeLessThanOrEqual(sound.length);
        } catch (error) {
          expect(String(error)).toContain("tar archive");
        }
      }),
    );
  });
});
