import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { operatorsOf } from "../../../src/operators/operators-of.ts";
import { loadOperators } from "./whole-database.ts";

const provider = (name: string, networks: string, apn: string): string =>
  `<provider><name>${name}</name><gsm>${networks}<apn value="${apn}"><usage type="internet"/></apn></gsm></provider>\n`;
const id = (mcc: string, mnc: string): string => `<network-id mcc="${mcc}" mnc="${mnc}"/>`;

const TEXT = `<?xml version="1.0"?>
<serviceproviders format="2.0"><country code="se">
${provider("Alfa", id("240", "07"), "alfa.example")}
${provider("Beta", id("240", "08") + id("240", "07"), "beta.example")}
${provider("Gamma", id("240", "071"), "gamma.example")}
${provider("Delta", id("310", "07"), "delta.example")}
</country></serviceproviders>
`;
let file = "";

beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), "operators-")), "providers.xml");
  await writeFile(file, TEXT);
});

test.each(["240071234567890", "240081234567890", "310071234567890", "999991234567890"])(
  "for the SIM %s the search finds what reading the whole file finds",
  async (imsi) => {
    const whole = await loadOperators(file);
    const part = await operatorsOf(imsi, file);
    expect(part.problem).toBeNull();
    expect(part.bearersFor({ imsi })).toEqual(whole.bearersFor({ imsi }));
  },
);

test("a SIM with the longer network code gets that network first", async () => {
  const bearers = (await operatorsOf("240071234567890", file)).bearersFor({ imsi: "240071234567890" });
  expect(bearers.map(({ bearer }) => bearer.apn)).toEqual(["gamma.example", "alfa.example", "beta.example"]);
});

test("without the file, or with an IMSI that is none, there is simply nothing", async () => {
  expect((await operatorsOf("240071234567890", `${file}.missing`)).problem).toContain("missing");
  expect((await operatorsOf('"/><x', file)).size).toBe(0);
});
