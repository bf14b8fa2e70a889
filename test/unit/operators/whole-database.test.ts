import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperatorDatabase } from "../../../src/operators/operator-database.ts";
import { OperatorReader } from "../../../src/operators/read-operators.ts";
import { XmlEvents } from "../../../src/operators/xml-events.ts";
import { loadOperators } from "./whole-database.ts";

const provider = (name: string, inside: string, attributes = ""): string =>
  `<provider${attributes}><name>${name}</name><gsm>${inside}</gsm></provider>`;
const apn = (value: string, usage: string | null = "internet", more = ""): string =>
  `<apn value="${value}"><plan type="prepaid"/>${usage === null ? "" : `<usage type="${usage}"/>`}${more}</apn>`;
const id = (mcc: string, mnc: string): string => `<network-id mcc="${mcc}" mnc="${mnc}"/>`;
const file = (...providers: string[]): string =>
  `<?xml version="1.0"?>\n<!DOCTYPE serviceproviders SYSTEM "x.dtd">\n<!-- <provider> in a comment -->\n<serviceproviders format="2.0"><country code="se"><name>Sweden</name>${providers.join("\n")}</country></serviceproviders>\n`;

/** The database of this text, fed in pieces of this size. */
function read(text: string, pieceSize = 1000): OperatorDatabase {
  const reader = new OperatorReader();
  const events = new XmlEvents(reader);
  for (let at = 0; at < text.length; at += pieceSize) events.feed(text.slice(at, at + pieceSize));
  events.end();
  return new OperatorDatabase(reader.byNetwork);
}

const apns = (database: OperatorDatabase, imsi: string, mccmncLength?: 5 | 6): string[] =>
  database
    .bearersFor({ imsi, ...(mccmncLength === undefined ? {} : { mccmncLength }) })
    .map((candidate) => candidate.bearer.apn);

describe("the APNs for a SIM", () => {
  it("are those of its network, with their source, and without secrets in the bearer", () => {
    const login = "<username>guest</username><password>wap &amp; web</password>";
    const database = read(file(provider("Tele2", id("240", "07") + apn("internet.tele2.se", "internet", login))));
    expect(database.bearersFor({ imsi: "240071234567890" })).toEqual([
      {
        bearer: { apn: "internet.tele2.se", pdpType: "IP", source: "operator database: Tele2 (240 07)" },
        credentials: { username: "guest", password: "wap & web" },
      },
    ]);
    expect(database.bearersFor({ imsi: "240011234567890" })).toEqual([]);
  });

  it("come in the order internet, unsaid, shared with messages; never messages, WAP or attach alone", () => {
    const all = ["mms", "wap", "ia", "mms-internet-hipri", null, "internet", "constructor"];
    const database = read(file(provider("X", id("240", "07") + all.map((usage) => apn(`a.${usage}`, usage)).join(""))));
    expect(apns(database, "240071234567890")).toEqual(["a.internet", "a.null", "a.mms-internet-hipri"]);
  });

  it("come from the network's owner first, from those who only rent it last, and each once", () => {
    const database = read(
      file(
        provider("renter", id("240", "07") + apn("renter"), ' primary="false"'),
        provider("unmarked", id("240", "07") + apn("unmarked") + apn("owner")),
        provider("owner", id("240", "07") + apn("owner"), ' primary="true"'),
      ),
    );
    expect(apns(database, "240071234567890")).toEqual(["owner", "unmarked", "renter"]);
  });

  it("follow the longer network code first, unless the SIM says how long it is", () => {
    const database = read(
      file(provider("two", id("310", "41") + apn("two")), provider("three", id("310", "410") + apn("three"))),
    );
    expect(apns(database, "310410123456789")).toEqual(["three", "two"]);
    expect(apns(database, "310410123456789", 5)).toEqual(["two"]);
    expect(apns(database, "310410123456789", 6)).toEqual(["three"]);
  });

  it.each(["", "2400", "24007123456789012345", "24007x234567890"])("are none for what is no IMSI: “%s”", (imsi) => {
    expect(read(file(provider("X", id("240", "07") + apn("x")))).bearersFor({ imsi })).toEqual([]);
  });
});

describe("odd entries are left out, the rest is used", () => {
  it.each([
    ["an APN that would end the AT command", apn("a&quot;,&quot;b")],
    ["an APN with a line break", apn("a&#13;ATD1")],
    ["an APN without a value", apn("")],
    ["a password with a line break", apn("odd", "internet", "<username>u</username><password>a&#10;b</password>")],
    ["a password that is too long", apn("odd", "internet", `<password>${"x".repeat(65)}</password>`)],
    ["an element nobody knows", `<news><apn value="odd"/></news>`],
  ])("%s", (_, odd) => {
    const database = read(file(provider("X", id("240", "07") + odd + apn("sound"))));
    expect(apns(database, "240071234567890")).toEqual(["sound"]);
  });

  it("network codes that are none", () => {
    const odd = id("24", "07") + id("240", "0707") + id("abc", "07") + id("240", "08");
    expect(read(file(provider("X", odd + apn("x")))).size).toBe(1);
  });

  it("and a provider's name cannot carry control characters into a log", () => {
    const database = read(file(provider("Evil&#27;[2J", id("240", "07") + apn("x"))));
    expect(database.bearersFor({ imsi: "240071234567890" })[0]?.bearer.source).toBe(
      "operator database: Evil·[2J (240 07)",
    );
  });
});

describe("the XML reader", () => {
  const text = file(provider("Å &amp; Ö", id("240", "07") + apn("x")), provider("B", id("240", "08") + apn("y")));

  it("gives the same whatever the pieces it is fed", () => {
    const whole = read(text).bearersFor({ imsi: "240071234567890" });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (size) => {
        expect(read(text, size).bearersFor({ imsi: "240071234567890" })).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["a tag closed that is not open", "<a></b>", "</b> closes what is not open"],
    ["an end within an element", "<a><b></b>", "ends within <a>"],
    ["an end within a tag", "<a", "ends within a tag"],
    ["a tag that is none", '<a b="1" c>', "a malformed tag"],
    ["elements without end", "<a>".repeat(17), "nested deeper than 16"],
    ["a text without end", "x".repeat(70_000), "something longer than 65536 characters"],
  ])("refuses %s", (_, malformed, reason) => {
    expect(() => read(malformed)).toThrow(reason);
  });

  it("never does worse than throw an error, for any text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.nat(text.length), (noise, at) => {
        try {
          expect(read(text.slice(0, at) + noise + text.slice(at)).size).toBeLessThanOrEqual(2);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("the operator database's file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wanherd-operators-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("that is missing leaves an empty database that says so", async () => {
    const database = await loadOperators(join(folder, "none.xml"));
    expect([database.size, database.problem]).toEqual([0, expect.stringContaining("ENOENT")]);
  });

  it("that breaks off is used as far as it goes", async () => {
    const path = join(folder, "broken.xml");
    const text = file(provider("A", id("240", "07") + apn("x")), provider("B", id("240", "08") + apn("y")));
    await writeFile(path, text.slice(0, text.indexOf("<name>B")));
    const database = await loadOperators(path);
    expect(apns(database, "240071234567890")).toEqual(["x"]);
    expect(database.problem).toContain("ends within <provider>");
  });

  it("of a megabyte never holds the event loop for long", async () => {
    const path = join(folder, "large.xml");
    const many = Array.from({ length: 6000 }, (_, n) =>
      provider(`P${n}`, id("240", String(n % 100).padStart(2, "0")) + apn(`a${n}`)),
    );
    await writeFile(path, file(...many));
    let turns = 0;
    const counter = setInterval(() => turns++, 1);
    const database = await loadOperators(path);
    clearInterval(counter);
    expect(database.size).toBe(100);
    expect(turns).toBeGreaterThan(5);
  });
});
