import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderConfig } from "../../../src/hostapd/render-config.ts";
import type { RadioSetup } from "../../../src/radio/types.ts";
import { SETUP } from "./setup.ts";

const golden = (name: string): string => readFileSync(new URL(`golden/${name}.conf`, import.meta.url), "utf8");

function render(setup: Partial<RadioSetup> = {}, passphrase = "correct horse"): string {
  return renderConfig({ setup: { ...SETUP, ...setup }, passphrase, controlFolder: "/run/wanherd/hostapd/radios" });
}

describe("hostapd's configuration", () => {
  it("for the thesis's radio is golden/thesis.conf", () => {
    expect(render()).toBe(golden("thesis"));
  });

  it("for clients of WPA2 and of WPA3 in a country, hidden, isolated, for few is golden/transition.conf", () => {
    const few = { hidden: true, isolation: true, maxStations: 20, ht: 0x19ef };
    expect(render({ security: "wpa2-wpa3", country: "SE", ...few })).toBe(golden("transition"));
  });

  it("for WPA3 alone at 5 GHz, 80 MHz wide, is golden/wide.conf", () => {
    const wide = { channel: 44, width: 80, secondary: "above", ht: 0x19ef, vht: 0x339071b2, he: true } as const;
    expect(render({ security: "wpa3", country: "SE", ssid: "Blåbärsbåten", ...wide })).toBe(golden("wide"));
  });

  it("for a radio that knows no 802.11n is golden/old.conf", () => {
    expect(render({ ht: null })).toBe(golden("old"));
  });

  it.each([
    [36, 42],
    [48, 42],
    [52, 58],
    [100, 106],
    [144, 138],
    [149, 155],
    [161, 155],
  ])("channel %i is in the 80 MHz around %i", (channel, center) => {
    const text = render({ channel, width: 80, secondary: "below", vht: 0 });
    expect(text).toContain(`vht_oper_centr_freq_seg0_idx=${center}\n`);
  });

  it("whatever the SSID and the passphrase are, no line is more or other, or it is refused", () => {
    const keys = render().replace(/=.*/g, "");
    const text = fc.oneof(fc.string({ maxLength: 70 }), fc.string({ unit: "binary", maxLength: 70 }));
    const typed = fc.string({ unit: fc.constantFrom(..." ~#=\"'\\$%aZ9"), minLength: 8, maxLength: 63 });
    fc.assert(
      fc.property(text, fc.oneof(text, typed), (ssid, passphrase) => {
        const isFit = /^[ -~]{8,63}$/.test(passphrase) && ssid !== "" && Buffer.byteLength(ssid) <= 32;
        if (!isFit || Buffer.from(ssid).toString() !== ssid) {
          expect(() => render({ ssid }, passphrase)).toThrow(/hostapd's configuration needs/);
          return;
        }
        const rendered = render({ ssid }, passphrase);
        expect(rendered.replace(/=.*/g, "")).toBe(keys);
        expect(rendered).toContain(`\nssid2=${Buffer.from(ssid).toString("hex")}\n`);
        expect(rendered).toContain(`\nwpa_passphrase=${passphrase}\n`);
      }),
    );
  });

  it("whatever a radio says that it can, no line is more or other", () => {
    const keys = render({ channel: 36, vht: 0x1, ht: 1 }).replace(/=.*/g, "");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 0xffffffff }), (ht, vht) => {
        const rendered = render({ channel: 36, ht: ht | 1, vht: vht | 0x10 });
        expect(rendered.replace(/=.*/g, "")).toBe(keys);
        expect(/^ht_capab=(.*)$/m.exec(rendered)?.[1]).toMatch(/^(\[[A-Z0-9-]+\])+$/);
        expect(/^vht_capab=(.*)$/m.exec(rendered)?.[1]).toMatch(/^(\[[A-Z0-9-]+\])+$/);
      }),
    );
  });

  it.each<Partial<RadioSetup>>([
    { interface: "a\nb" },
    { bridge: "" },
    { country: "se" },
    { channel: 15 },
    { width: 40 },
    { secondary: "above" },
    { channel: 6, width: 80, secondary: "above", vht: 0 },
    { channel: 36, width: 80, secondary: "above" },
    { maxStations: 0 },
  ])("%j is refused", (setup) => {
    expect(() => render(setup)).toThrow(/hostapd's configuration needs/);
  });

  it("a refusal does not name the passphrase", () => {
    expect(() => render({}, "short\nsecret")).not.toThrow(/secret/);
  });
});
