import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainData } from "../../../src/journal/plain-data.ts";
import { isSecretName, maskCommands } from "../../../src/journal/redact.ts";

describe("plain data", () => {
  it("is JSON of bounded size and harmless text, whatever goes in", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }), (value) => {
        const text = JSON.stringify(plainData(value)) ?? "null";
        expect(JSON.parse(text)).toBeDefined();
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
        expect(text.length).toBeLessThan(300_000);
      }),
    );
  });

  it("never holds what has a secret's name", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("pin", "PIN", "simPin", "wpa_passphrase", "password", "Key", "auth-token"),
        (name) => {
          expect(JSON.stringify(plainData({ deep: [{ [name]: "hunter2" }] }))).not.toContain("hunter2");
        },
      ),
    );
  });

  it("bounds what is circular, deep, wide or hostile", () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, Array(5000).fill("x")]));
    const hostile = Object.defineProperty({}, "x", { enumerable: true, get: () => JSON.parse("{") });
    expect(JSON.stringify(plainData(circular)).length).toBeLessThan(200);
    expect(JSON.stringify(plainData(wide)).length).toBeLessThan(10_000);
    expect(plainData(hostile)).toBe("unreadable");
    expect(plainData({ error: new Error("no"), f: () => 1, when: new Date(0), bytes: new Uint8Array(3) })).toEqual({
      error: "Error: no",
      when: "1970-01-01T00:00:00.000Z",
      bytes: "3 bytes",
    });
  });
});

describe("what counts as secret", () => {
  it.each([
    ["pin", true],
    ["SIM_PIN", true],
    ["simPin", true],
    ["concentratorKey", true],
    ["pinAttempts", false],
    ["keyboard", false],
    ["monkey", false],
    ["passwordSet", false],
  ])("%s: %s", (name, secret) => {
    expect(isSecretName(name)).toBe(secret);
  });

  it.each([
    ["AT+CPIN=1234", "AT+CPIN=•••"],
    ["AT+CPIN?", "AT+CPIN?"],
    ['at+clck="SC",0,"1234"', "at+clck=•••"],
    ['AT+CGAUTH=1,2,"user","pass";+CSQ', "AT+CGAUTH=•••;+CSQ"],
    ['AT+CGAUTH=1,2,"user","a;b";+CSQ', "AT+CGAUTH=•••;+CSQ"],
    ['AT+CGAUTH=1,2,"user","never ends;+CSQ', "AT+CGAUTH=•••"],
    ['AT^CPIN="1234"', "AT^CPIN=•••"],
    ['AT+CPIN = "1234"', "AT+CPIN = •••"],
    ['AT+QICSGP=1,1,"apn","user","pass",1', "AT+QICSGP=•••"],
    ['AT+CGDCONT=1,"IP","data.comviq.se"', 'AT+CGDCONT=1,"IP","data.comviq.se"'],
  ])("%s is shown as %s", (command, shown) => {
    expect(maskCommands(command)).toBe(shown);
  });
});
