import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bearer, ModemFacts } from "../../../machines/modem/effects.ts";
import { contextCommand } from "../../../src/modem/apn.ts";
import { chooseBearers, rememberBearer } from "../../../src/modem/choose-bearers.ts";
import { credentialsFor } from "../../../src/modem/credentials.ts";
import { optionsWith } from "./fake-modem.ts";

const facts: ModemFacts = {
  manufacturer: null,
  model: null,
  imei: null,
  imsi: "240075812345678",
  iccid: "8946071234567890123",
};
const database = [
  { apn: "data.comviq.se", name: "Comviq" },
  { apn: "internet.tele2.se", name: "Tele2", username: "tele2", password: "secret" },
];
const apns = (bearers: readonly Bearer[]): string[] => bearers.map((bearer) => bearer.apn);

describe("choosing bearers", () => {
  it("takes the config's word alone", () => {
    const { store } = optionsWith({});
    expect(chooseBearers({ apn: "my.apn", ipType: "ipv4" }, facts, database, store)).toEqual([
      { apn: "my.apn", pdpType: "IP", source: "config" },
    ]);
  });

  it("takes the database's in order, and the network's default last", () => {
    const { store } = optionsWith({});
    const bearers = chooseBearers({ apn: "auto", ipType: "ipv4" }, facts, database, store);
    expect(apns(bearers)).toEqual(["data.comviq.se", "internet.tele2.se", ""]);
    expect(bearers[0]?.source).toBe("operator database: Comviq");
  });

  it("puts first what worked for this SIM, and only for this one", () => {
    const { store } = optionsWith({});
    const worked: Bearer = { apn: "internet.tele2.se", pdpType: "IP", source: "operator database: Tele2" };
    rememberBearer(facts, worked, store);
    expect(apns(chooseBearers({ apn: "auto", ipType: "ipv4" }, facts, database, store))).toEqual([
      "internet.tele2.se",
      "data.comviq.se",
      "",
    ]);
    const other = { ...facts, iccid: "8946079999999999999" };
    expect(apns(chooseBearers({ apn: "auto", ipType: "ipv4" }, other, database, store))[0]).toBe("data.comviq.se");
  });

  it("is never without one, and passes on no APN that is none", () => {
    const { store } = optionsWith({}, {}, new Map([["bearer:8946071234567890123", 'x"\rATD']]));
    const bad = [{ apn: 'a"b', name: "evil" }];
    expect(apns(chooseBearers({ apn: "auto", ipType: "ipv4" }, facts, bad, store))).toEqual([""]);
  });

  it("does not try a whole country's APNs", () => {
    const { store } = optionsWith({});
    const many = Array.from({ length: 50 }, (_, index) => ({ apn: `apn${index}`, name: "x" }));
    const bearers = chooseBearers({ apn: "auto", ipType: "ipv4" }, facts, many, store);
    expect(bearers.length).toBeLessThanOrEqual(8);
    expect(bearers.at(-1)?.apn).toBe("");
  });
});

describe("the PDP context", () => {
  it("is defined with the APN, or without for the network's default", () => {
    expect(contextCommand(1, { apn: "data.comviq.se", pdpType: "IP" })).toBe('AT+CGDCONT=1,"IP","data.comviq.se"');
    expect(contextCommand(3, { apn: "", pdpType: "IPV4V6" })).toBe('AT+CGDCONT=3,"IPV4V6"');
  });

  it("is never more than one command with three values", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 120 }), (apn) => {
        let command: string;
        try {
          command = contextCommand(1, { apn, pdpType: "IP" });
        } catch (error) {
          expect(error).toMatchObject({ failure: { kind: "CommandRefused" } });
          return;
        }
        expect(command).toMatch(/^AT\+CGDCONT=1,"IP"(,"[\w.-]{1,100}")?$/);
      }),
    );
  });
});

describe("credentials", () => {
  const none = { username: null, password: null };
  it("are the config's, else the operator's for this bearer, else anything, as most networks do not look", () => {
    expect(credentialsFor({ username: "u", password: "p" }, { apn: "internet.tele2.se" }, database)).toEqual({
      username: "u",
      password: "p",
    });
    expect(credentialsFor(none, { apn: "internet.tele2.se" }, database)).toEqual({
      username: "tele2",
      password: "secret",
    });
    expect(credentialsFor(none, { apn: "data.comviq.se" }, database).username).not.toBe("");
  });
});
