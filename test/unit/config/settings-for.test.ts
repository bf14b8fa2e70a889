import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load-config.ts";
import { redact } from "../../../src/config/redact.ts";
import { settingsFor } from "../../../src/config/settings-for.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";

const loaded = parseConfig(
  `
modems:
  defaults: { apn: standard, weight: 1 }
  1-1.3: { weight: 2, apn: by.port, pin: "4321" }
  "imei:356938035643809": { weight: 3, apn: by.imei }
  "imsi:24007": { apn: by.network, weight: 4 }
  "imsi:2400712": { apn: by.longer }
  "iccid:8946071512360089522": { apn: by.sim, password: hidden-word }
bundle: { key: bundle-key }
accessPoint: { passphrase: correct horse }
`,
  "wanherd.yaml",
);
if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
const { config } = loaded;

const HERE = "1-1.3" as PortPath;
const ELSEWHERE = "2-1" as PortPath;
const imei = "356938035643809";
const iccid = "8946071512360089522";

describe("a modem's settings", () => {
  it.each([
    ["nothing names it: the defaults", ELSEWHERE, {}, { apn: "standard", weight: 1, pin: null }],
    ["its port names it", HERE, {}, { apn: "by.port", weight: 2, pin: "4321" }],
    ["its IMEI wins over its port, key by key", HERE, { imei }, { apn: "by.imei", weight: 3, pin: "4321" }],
    ["its SIM's network wins over that", HERE, { imei, imsi: "240070000000001" }, { apn: "by.network", weight: 4 }],
    ["the longer IMSI prefix wins", HERE, { imsi: "240071200000001" }, { apn: "by.longer", weight: 4 }],
    ["another network's SIM", HERE, { imsi: "240080000000001" }, { apn: "by.port", weight: 2 }],
    ["its SIM wins over all", HERE, { imei, iccid }, { apn: "by.sim", weight: 3, pin: "4321" }],
    ["the SIM was moved to another port", ELSEWHERE, { iccid }, { apn: "by.sim", weight: 1, pin: null }],
    ["ids that are not known yet", HERE, { imei: null, iccid: null }, { apn: "by.port", weight: 2 }],
  ])("%s", (_, port, ids, expected) => {
    expect(settingsFor(config)(port, ids)).toMatchObject(expected);
  });
});

describe("the config as shown", () => {
  it("tells that secrets are set, but not what they are", () => {
    const shown = redact(config);
    const text = JSON.stringify(shown);
    for (const secret of ["4321", "hidden-word", "bundle-key", "correct horse"]) expect(text).not.toContain(secret);
    expect(shown.modems.named["1-1.3"]).toEqual({ weight: 2, apn: "by.port", pin: "•••" });
    expect(shown.modems.defaults.pin).toBeNull();
    expect(shown.bundle.key).toBe("•••");
  });
});
