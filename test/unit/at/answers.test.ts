import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAti, parseIccid, parseImei, parseImsi, parseText } from "../../../src/at/answers/identity.ts";
import { parseOperator } from "../../../src/at/answers/operator.ts";
import { mergeRegistrations, parseRegistration } from "../../../src/at/answers/registration.ts";
import { parseSignal } from "../../../src/at/answers/signal.ts";
import { parseSimState } from "../../../src/at/answers/sim.ts";
import { parseSimAttempts } from "../../../src/at/answers/sim-attempts.ts";

describe("registration", () => {
  it.each([
    // the answer to a read
    ["+CREG: 0,1", "+CREG", "home", null],
    ['+CREG: 2,1,"2F5C","01A2"', "+CREG", "home", null],
    ['+CREG: 2,5,"2F5C","01A2B3C",6', "+CREG", "roaming", "HSPA"],
    ['+CGREG: 2,1,"01F4","02AB12",2,"01"', "+CGREG", "home", "UMTS"],
    ['+CEREG: 2,1,"1C0A","00A1B203",7', "+CEREG", "home", "LTE"],
    ["+CREG: 2,3", "+CREG", "denied", null],
    ["+CREG:2,2,0,0", "+CREG", "searching", null],
    // unsolicited
    ["+CREG: 2", "+CREG", "searching", null],
    ['+CREG: 1,"2F5C","01A2"', "+CREG", "home", null],
    ['+CGREG: 1,"2F5C","01A2B3C",4', "+CGREG", "home", "HSDPA"],
    ['+CEREG: 5,"1C0A","00A1B203",7', "+CEREG", "roaming", "LTE"],
    // without quotes, as older ZTE and Huawei sticks write
    ["+CREG: 1,2F5C,1A2B", "+CREG", "home", null],
    ["+CREG: 2,1,2F5C,1A2B,0", "+CREG", "home", "GSM"],
    // registered for SMS only is no registration for data
    ["+CEREG: 6", "+CEREG", "searching", null],
  ])("reads %s", (line, domain, status, technology) => {
    expect(parseRegistration(line)).toEqual({ domain, status, technology });
  });

  it.each(["+CREG:", "+CREG: x", "+CREG: 77", "+CREGS: 1", "OK", "+COPS: 0", "+CREG: 99999999999999999999"])(
    "makes nothing of %s",
    (line) => {
      expect(parseRegistration(line)).toBeNull();
    },
  );

  const heard = (...lines: string[]): string | undefined =>
    mergeRegistrations(lines.flatMap((line) => parseRegistration(line) ?? []))?.status;

  it.each([
    ["a packet registration settles it", ["+CREG: 2", "+CGREG: 1"], "home"],
    ["LTE outranks 3G", ['+CGREG: 5,"1","2",2', "+CEREG: 1"], "home"],
    ["packets denied outweigh voice", ["+CREG: 1", "+CGREG: 3"], "denied"],
    ["a stick that attaches only when it dials", ["+CREG: 1", "+CGREG: 0"], "home"],
    ["LTE denied while 3G is searched", ["+CEREG: 3", "+CGREG: 2"], "searching"],
    ["voice only, on a modem without the others", ["+CREG: 5"], "roaming"],
    [
      "voice refused, packets not (Quectel EP06)",
      ["+CREG: 2,3", '+CGREG: 2,1,"2616","DDAEA01",7', '+CEREG: 2,1,"2616","DDAEA01",7'],
      "home",
    ],
    ["voice for SMS only, LTE in full (Fibocom L850)", ['+CREG: 2,6,"7D08","04E23C06",7', "+CEREG: 2,1"], "home"],
    ["5G of its own, LTE out of reach", ["+CEREG: 4", '+C5GREG: 1,"46550B","0170C23000",11'], "home"],
  ])("together: %s", (_name, lines, status) => {
    expect(heard(...lines)).toBe(status);
  });
});

describe("operator and signal", () => {
  it.each([
    ['+COPS: 0,0,"Comviq",2', "Comviq", "UMTS"],
    ['+COPS: 0,0,"Tele2, Sverige",7', "Tele2, Sverige", "LTE"],
    ['+COPS: 0,0,"TELIA S"', "TELIA S", null],
    ["+COPS: 0", null, null],
    ['+COPS: 0,2,"24007",0', "24007", "GSM"],
  ])("reads %s", (line, operator, technology) => {
    expect(parseOperator([line])).toEqual({ operator, technology });
  });

  it("keeps what a network calls itself printable and short", () => {
    const { operator } = parseOperator([`+COPS: 0,0,"\u001b[2J${"N".repeat(90)}",2`]);
    expect(operator).toHaveLength(40);
    expect(operator).not.toContain("\u001b");
  });

  it.each([
    ["+CSQ: 0,99", -113],
    ["+CSQ: 17,99", -79],
    ["+CSQ:31,0", -51],
    ["+CSQ: 99,99", null],
    ["+CSQ: 199,99", null],
    ["+CSQ: 151,99", -65],
    ["+CSQ: 32,99", null],
    ["+CSQ: -5,99", null],
  ])("%s is %s dBm", (line, dbm) => {
    expect(parseSignal([line])).toBe(dbm);
  });
});

describe("the SIM", () => {
  const ok = { kind: "OK" } as const;
  it.each([
    ["+CPIN: READY", "ready"],
    ["+CPIN:READY", "ready"],
    ["+CPIN: SIM PIN", "pin"],
    ['+CPIN: "SIM PUK"', "puk"],
    ["+CPIN: SIM PIN2", "ready"],
    ["+CPIN: PH-NET PIN", "otherLock"],
    ["+CPIN: NOT INSERTED", "missing"],
    ["nonsense", "unknown"],
  ])("%s", (line, state) => {
    expect(parseSimState({ lines: [line], final: ok })).toBe(state);
  });

  it.each([
    [{ kind: "CME", code: 10, text: "10" }, "missing"],
    [{ kind: "CME", code: 13, text: "13" }, "failure"],
    [{ kind: "CME", code: 14, text: "14" }, "busy"],
    [{ kind: "CME", code: 12, text: "12" }, "puk"],
    [{ kind: "CME", code: null, text: "SIM not inserted" }, "missing"],
    [{ kind: "CME", code: null, text: "SIM PUK required" }, "puk"],
    [{ kind: "CME", code: null, text: "SIM busy" }, "busy"],
    [{ kind: "CMS", code: 310, text: "310" }, "missing"],
    [{ kind: "CME", code: 100, text: "100" }, "unknown"],
    [{ kind: "ERROR" }, "unknown"],
  ] as const)("%j is %s", (final, state) => {
    expect(parseSimState({ lines: [], final })).toBe(state);
  });

  it.each([
    ["+CPINR: SIM PIN,3,3", 3],
    ["+CPINR: SIM PIN, 2", 2],
    ["^CPIN: SIM PIN,3,10,1,10,3", 1],
    ["^CPIN: SIM PIN,,10,3,10,3", 3],
    ["+CPINC: 3, 3, 10, 10", 3],
    ['+QPINC: "SC",2,10', 2],
    ["+SPIC: 3,10,0,10", 3],
    ["+CPINR: SIM PUK,10", null],
    ["^CPIN: READY", null],
    ["+CPINR: SIM PIN,lots", null],
  ])("%s leaves %s attempts", (line, attempts) => {
    expect(parseSimAttempts([line])?.pin ?? null).toBe(attempts);
  });
});

describe("who the modem is", () => {
  it.each([
    [['+CCID: "8946071234567890123"'], "8946071234567890123"],
    [["^ICCID: 89460712345678901234"], "89460712345678901234"],
    [["+ICCID: 8946071234567890123F"], "8946071234567890123"],
    [["+QCCID: 89460712345678901234"], "89460712345678901234"],
    [["ICCID: 8946071234567890123"], "8946071234567890123"],
    [["98640721436587092143"], "89467012345678901234"],
    [["+CCID: ERROR"], null],
    [["12345678901234567890"], null],
  ])("reads the card's number from %j", (lines, iccid) => {
    expect(parseIccid(lines)).toBe(iccid);
  });

  it.each([
    [["356938035643809"], "356938035643809"],
    [['+CGSN: "356938035643809"'], "356938035643809"],
    [["IMEI: 35693803564380"], "35693803564380"],
    [["3569380356438091"], "3569380356438091"],
    [["12345"], null],
  ])("reads the IMEI from %j", (lines, imei) => {
    expect(parseImei(lines)).toBe(imei);
  });

  it("reads the IMSI, with and without its command's name", () => {
    expect(parseImsi(["240075812345678"])).toBe("240075812345678");
    expect(parseImsi(["+CIMI: 24007581234567"])).toBe("24007581234567");
    expect(parseImsi(["2400758123456789"])).toBeNull();
  });

  it("reads ATI of Huawei, which labels, and of ZTE and Telit, which do not", () => {
    const huawei = [
      "Manufacturer: huawei",
      "Model: E367",
      "Revision: 11.810.09.10.00",
      "IMEI: 356938035643809",
      "+GCAP: +CGSM,+DS,+ES",
    ];
    expect(parseAti(huawei)).toEqual({ manufacturer: "huawei", model: "E367" });
    expect(parseAti(["ZTE CORPORATION", "MF102", "BD_MF102V1.0.0B01"])).toEqual({
      manufacturer: "ZTE CORPORATION",
      model: "MF102",
    });
    expect(parseAti([])).toEqual({ manufacturer: null, model: null });
  });

  it("reads a text with quotes or name", () => {
    expect(parseText(['+CGMI: "Sierra Wireless, Incorporated"'], "+CGMI")).toBe("Sierra Wireless, Incorporated");
    expect(parseText(["", "  "], "+CGMI")).toBeNull();
  });

  it("survives any lines", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 60 }), { maxLength: 5 }), (lines) => {
        for (const prefix of ["", "+CREG: ", "+CPINR:", "+COPS: 0,", "^CPIN:"]) {
          const told = lines.map((line) => prefix + line);
          parseRegistration(told[0] ?? "");
          parseSignal(told);
          parseSimAttempts(told);
          parseAti(told);
          const { operator } = parseOperator(told);
          expect(operator === null || operator.length <= 40).toBe(true);
          const iccid = parseIccid(told);
          expect(iccid === null || /^89[0-9]+$/.test(iccid)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
