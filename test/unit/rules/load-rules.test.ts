import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRules } from "../../../src/rules/check-rules.ts";
import { loadRules, parseRules } from "../../../src/rules/load-rules.ts";
import { renderRulesReport } from "../../../src/rules/render-rules-report.ts";

const SOUND = `vendor: Acme
source: [their handbook]
rules:
  - name: Acme stick
    match: { ids: ["1234:5678"] }
    ports: { at: 0, data: "ff/00/01" }
`;

describe("a rule that is wrong is refused with its line", () => {
  const rule = (text: string) => `vendor: x\nsource: [x]\nrules:\n  - name: x\n${text}`;
  it.each([
    ["no match", rule("    ports: {}\n"), "4: rules.0.match: expected object, received undefined"],
    [
      "a match of everything",
      rule("    match: {}\n    ports: {}\n"),
      "5: rules.0.match: must name at least one condition",
    ],
    [
      "an id in capitals",
      rule('    match: { ids: ["12D1:1446"] }\n    ports: {}\n'),
      '5: rules.0.match.ids.0: expected "vvvv:pppp" in small hex digits',
    ],
    [
      "a vendor that YAML reads as a number",
      rule("    match: { vendor: 0403 }\n    ports: {}\n"),
      '5: rules.0.match.vendor: expected "vvvv" in quotes',
    ],
    [
      "neither ports nor switch",
      rule("    match: { vendor: '0403' }\n"),
      "4: rules.0: must have exactly one of switch, ports and leave",
    ],
    [
      "both",
      rule("    match: { vendor: '0403' }\n    ports: {}\n    leave: no\n"),
      "4: rules.0: must have exactly one of switch, ports and leave",
    ],
    [
      "a dial plan without ports",
      rule("    match: { vendor: '0403' }\n    leave: why\n    dial: {}\n"),
      "4: rules.0: dial and maybe belong to a rule with ports",
    ],
    [
      "an unknown key",
      rule("    match: { vendor: '0403' }\n    ports:\n      control: 1\n"),
      "7: rules.0.ports.control: unknown key",
    ],
    [
      "an unknown method",
      rule("    match: { vendor: '0403' }\n    switch:\n      steps: [nokia]\n"),
      "7: rules.0.switch.steps.0: expected standardEject, detach, huawei, huaweiNew, huaweiAlt, option, sierra, sequans, qisda, quanta, kobil, gct, blackberry, sony, cisco, { messages: […] }, { control: {…} }, { configuration: N } or { wait: N }",
    ],
    [
      "a command on two lines",
      rule('    match: { vendor: "0403" }\n    ports: {}\n    dial: { init: ["ATZ\\rATD1"] }\n'),
      "7: rules.0.dial.init.0: must be one line without control characters",
    ],
    ["no source", "vendor: x\nrules: []\n", "1: source: expected array, received undefined"],
  ])("%s", (_, text, refusal) => {
    const parsed = parseRules(text, "x.yaml");
    const problems = "problems" in parsed ? parsed.problems.map(({ line, reason }) => `${line}: ${reason}`) : [];
    expect(problems).toContain(refusal);
  });

  it("and no text at all makes the parser throw", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat(SOUND.length), (text, at) => {
        const parsed = parseRules(SOUND.slice(0, at) + text + SOUND.slice(at), "x.yaml");
        expect("problems" in parsed ? parsed.problems.length : parsed.rules.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("how a stick is switched", () => {
  const switchOf = (steps: string) => {
    const parsed = parseRules(
      `vendor: x\nsource: [x]\nrules: [{ name: x, match: { vendor: "0403" }, switch: { steps: ${steps} } }]\n`,
      "x.yaml",
    );
    return "problems" in parsed ? parsed.problems.map(({ reason }) => reason) : parsed.rules[0]?.switch?.steps;
  };
  it.each([
    [
      "a mode's name stands for its steps",
      "[kobil]",
      [{ method: "detach" }, { method: "control", requestType: 0xc0, request: 0x88, value: 0, index: 0, length: 8 }],
    ],
    [
      "a request may be written out",
      '[{ control: { requestType: 0x40, request: 0x0b, value: 1, data: "05ff", mayFail: true } }, { wait: 500 }]',
      [
        { method: "control", requestType: 0x40, request: 0x0b, value: 1, index: 0, data: "05ff", mayFail: true },
        { method: "wait", ms: 500 },
      ],
    ],
    [
      "a message goes where it is said",
      '[{ messages: ["1b5a"], endpoint: 2 }]',
      [{ method: "messages", messages: ["1b5a"], endpoint: 2 }],
    ],
    [
      "in the order in which they are written",
      "[standardEject, { configuration: 3 }, detach]",
      [{ method: "standardEject" }, { method: "configuration", value: 3 }, { method: "detach" }],
    ],
  ])("%s", (_, steps, expected) => {
    expect(switchOf(steps)).toEqual(expected);
  });

  it.each([
    ["a request with a value of three bytes", "[{ control: { requestType: 0x40, request: 1, value: 0x10000 } }]"],
    ["a request of no kind", "[{ control: { request: 1, value: 0 } }]"],
    ["a wait longer than an attempt may take", "[{ wait: 9000 }]"],
    ["configuration 0, which is none", "[{ configuration: 0 }]"],
    ["half a byte", '[{ messages: ["1b5"] }]'],
  ])("%s is refused", (_, steps) => {
    expect(switchOf(steps)).toEqual([expect.stringMatching(/^rules\.0\.switch\.steps\.0/)]);
  });
});

describe("a folder of rules", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wanherd-rules-"));
    await writeFile(join(folder, "acme.yaml"), SOUND);
    await writeFile(join(folder, "broken.yaml"), `${SOUND}\t- name: x\n`);
    await writeFile(join(folder, "README.md"), "not a rule file");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is used without the file that does not parse, which is named", async () => {
    const { rules, problems } = await loadRules(folder);
    expect(rules.map((rule) => rule.source)).toEqual(["rules/acme.yaml"]);
    expect(problems[0]).toMatchObject({ file: join(folder, "broken.yaml"), line: 7 });
  });

  it("fails the check because of that file", async () => {
    const report = await checkRules({ folder, databaseDirs: [] });
    expect(report.ok).toBe(false);
    expect(renderRulesReport(report)).toContain(`PROBLEM ${join(folder, "broken.yaml")}:7: not valid YAML`);
  });

  it("that is this machine's own may be missing, and names its rules by their whole path", async () => {
    expect(await loadRules(join(folder, "none"), { local: true })).toEqual({ rules: [], problems: [] });
    const { rules } = await loadRules(folder, { local: true });
    expect(rules.map((rule) => rule.source)).toEqual([join(folder, "acme.yaml")]);
    const report = await checkRules({ folder: "rules", localFolder: folder, databaseDirs: [] });
    expect(report.ok).toBe(false);
    expect(report.rules).toHaveProperty([join(folder, "acme.yaml")], 1);
  });

  it("that is missing is a problem, not an exception", async () => {
    expect(await loadRules(join(folder, "none"))).toEqual({
      rules: [],
      problems: [{ file: join(folder, "none"), line: 0, reason: "cannot be read: ENOENT" }],
    });
  });
});

describe("the rules that we ship", () => {
  it("are sound, and each names where its facts are from", async () => {
    const report = await checkRules({ folder: "rules", databaseDirs: [] });
    expect(report.problems).toEqual([]);
    expect(Object.keys(report.rules)).toEqual(
      expect.arrayContaining(["rules/zte.yaml", "rules/huawei.yaml", "rules/generic.yaml"]),
    );
  });
});

describe("the report as text", () => {
  it("has the figures in columns, the largest first", () => {
    const text = renderRulesReport({
      ok: true,
      folder: "rules",
      rules: { "rules/zte.yaml": 7, "rules/huawei.yaml": 5 },
      problems: [],
      database: {
        entries: 512,
        switchable: 478,
        byMethod: { MessageContent: 115, StandardEject: 181 },
        forProgram: 1,
        byMissingSetting: { MobileActionMode: 1 },
        nothingToSend: 33,
        broken: [{ entry: "1234:5678", reason: "several special modes" }],
        problems: [],
      },
      program: null,
    });
    expect(text).toBe(`Rules in rules:
  rules/zte.yaml                7 rules
  rules/huawei.yaml             5 rules

usb_modeswitch's database:
  512 entries, 478 of them switchable by wanherd:
    StandardEject               181
    MessageContent              115
  33 say on purpose that nothing is to be sent
  1 left to the program usb_modeswitch (not installed; Debian: usb-modeswitch):
    MobileActionMode              1
  broken: 1234:5678: several special modes

All rules are sound.
`);
  });
});
