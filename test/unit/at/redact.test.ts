import { describe, expect, it } from "vitest";
import { redact } from "../../../src/at/redact.ts";
import { isUnsolicited, namesAsked } from "../../../src/at/unsolicited.ts";

describe("secrets", () => {
  it.each([
    ['AT+CPIN="1234"', "AT+CPIN=•••"],
    ['at+cpin="1234","4321"', "at+cpin=•••"],
    ["AT+CPIN=1234", "AT+CPIN=•••"],
    ['AT+CLCK="SC",0,"1234"', "AT+CLCK=•••"],
    ['AT+CPWD="SC","1234","5678"', "AT+CPWD=•••"],
    ['AT^CPIN="1234"', "AT^CPIN=•••"],
    ['AT+CGAUTH=1,1,"user","pass"', "AT+CGAUTH=•••"],
    ['AT^AUTHDATA=1,1,"","pass","user"', "AT^AUTHDATA=•••"],
    ['AT$QCPDPP=1,1,"pass","user"', "AT$QCPDPP=•••"],
  ])("%s is shown as %s", (command, shown) => {
    expect(redact(command)).toBe(shown);
  });

  it.each(["AT+CPIN?", "+CPINR: SIM PIN,3,3", 'AT+CGDCONT=1,"IP","data.comviq.se"', "ATD*99#"])(
    "%s has none",
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

describe("what was not asked for", () => {
  it.each([
    ["AT+CSQ", "+CSQ: 17,99", false],
    ["AT+CSQ", "+CREG: 1", true],
    ["AT+CREG?;+CSQ", "+CREG: 2,1", false],
    ["AT+CGSN", "356938035643809", false],
    ["AT^ICCID?", "^RSSI:17", true],
    ["AT+CCID", "+ICCID: 89460", false],
    ["ATI", "Manufacturer: huawei", false],
    ["ATI", "+GCAP: +CGSM,+DS,+ES", false],
    ["ATZ", "+ZUSIMR:2", true],
    ["AT", "RING", true],
    ["AT&C1 &D2 +FCLASS=0", "^BOOT:1,0,0", true],
  ])("after %s, %s: %s", (command, line, unsolicited) => {
    expect(isUnsolicited(line, namesAsked(command))).toBe(unsolicited);
  });

  it("with no command running is whatever has a name", () => {
    expect(isUnsolicited("+CREG: 1", null)).toBe(true);
    expect(isUnsolicited("OK", null)).toBe(false);
  });
});
