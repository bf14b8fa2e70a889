import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { renderIdentification } from "../../../src/cli/render-identification.ts";
import { plain } from "../../../src/cli/style.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { identify } from "../../../src/identify/identify.ts";
import { tryRules } from "../../../src/identify/try-rules.ts";
import type { Identification, TtyAnswer } from "../../../src/identify/types.ts";
import { type PluggedDevice, plugIn } from "./sysfs.ts";

const UNKNOWN: PluggedDevice = {
  port: "1-1.3",
  id: "1c9e:9605",
  manufacturer: "USB Modem",
  product: "USB Modem\u0007",
  interfaces: [
    { class: "ff/ff/ff", driver: "option", holds: ["ttyUSB0/"] },
    { class: "ff/ff/ff", driver: "option", holds: ["ttyUSB1/"] },
    { class: "ff/ff/ff", driver: "option", holds: ["ttyUSB2/"] },
  ],
};
const HEARD: ReadonlyMap<number, TtyAnswer> = new Map([
  [0, { kind: "answers", manufacturer: null, model: null }],
  [1, { kind: "failed", why: "no answer to the agent's AT" }],
  [2, { kind: "answers", manufacturer: "Longcheer", model: "U12" }],
]);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "identify-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const places = () => ({ sysfs: join(root, "sys"), databaseDirs: [], localFolder: join(root, "none") });
const look = async (heard: ReadonlyMap<number, TtyAnswer> = new Map(), port = "1-1.3"): Promise<Identification> => {
  const options = { port: port as PortPath, rules: "rules", ask: false, heard };
  const now = new Date("2026-01-05T14:02:00Z");
  const found = await identify(options, { ...places(), ttyRoot: join(root, "dev"), now });
  if ("inUse" in found) throw new Error(`in use are ${found.inUse.join()}`);
  return found;
};
const ruleOf = ({ suggestion }: Identification): string => {
  if (suggestion.kind === "none") throw new Error(suggestion.why);
  return suggestion.text;
};

describe("wanherd identify", () => {
  test("of an unknown modem tells interfaces, drivers, ports and answers, and a rule to begin with", async () => {
    await plugIn(root, UNKNOWN);
    const text = renderIdentification(await look(HEARD), null, { columns: 100, style: plain });
    await expect(text).toMatchFileSnapshot("golden/unknown-modem.txt");
  });

  test("sends nothing unless it is told to", async () => {
    await plugIn(root, UNKNOWN);
    const { interfaces, suggestion } = await look();
    expect(interfaces.flatMap(({ ttys }) => ttys.map(({ answer }) => answer.kind))).toEqual(Array(3).fill("not asked"));
    expect(suggestion).toEqual({ kind: "none", why: expect.stringContaining("--ask") });
  });

  test("never asks what may be no modem, not even when it is told to", async () => {
    const interfaces = [
      { class: "ff/ff/ff", driver: "ftdi_sio", holds: ["ttyUSB0/"] },
      { class: "02/02/00", driver: "cdc_acm", holds: ["tty/ttyACM0/"] },
    ];
    await plugIn(root, { port: "1-2", id: "1234:5678", interfaces });
    const options = { port: "1-2" as PortPath, rules: "rules", ask: true, heard: new Map() };
    const found = await identify(options, places());
    expect(found).toMatchObject({
      interfaces: [
        { ttys: [{ name: "ttyUSB0", answer: { kind: "not asked" } }] },
        { ttys: [{ name: "ttyACM0", answer: { kind: "not asked" } }] },
      ],
    });
  });

  test("of an empty port names those that are not", async () => {
    await plugIn(root, UNKNOWN);
    const options = { port: "1-9" as PortPath, rules: "rules", ask: false, heard: new Map() };
    expect(await identify(options, places())).toEqual({ inUse: ["1-1.3"] });
  });

  test.each<[string, Partial<PluggedDevice>, RegExp]>([
    [
      "a stick that is known",
      { id: "19d2:0031", interfaces: [{ class: "ff/ff/ff", driver: "option" }] },
      /known already/,
    ],
    [
      "a network card",
      { interfaces: [{ class: "ff/ff/ff", driver: "qmi_wwan", holds: ["net/wwan0/", "usbmisc/cdc-wdm0/"] }] },
      /network card \(qmi_wwan\).* wwan0 under `uplinks`/,
    ],
    [
      "interfaces without a driver",
      { id: "1c9e:abcd", interfaces: [{ class: "ff/ff/ff" }] },
      /no driver has taken interface 0: .*echo 1c9e abcd > \/sys\/bus\/usb-serial\/drivers\/option1\/new_id/,
    ],
    [
      "a memory stick",
      {
        interfaces: [{ class: "08/06/50", driver: "usb-storage", holds: ["host6/target6:0:0/6:0:0:0/type"] }],
      },
      /nothing of it looks like a modem: it is a memory stick/,
    ],
  ])("of %s suggests no rule, and says why", async (_, differs, why) => {
    await plugIn(root, { ...UNKNOWN, ...differs });
    expect((await look()).suggestion).toEqual({ kind: "none", why: expect.stringMatching(why) });
  });

  test("takes an unknown stick with a CD-ROM for one in storage mode, as a guess", async () => {
    const storage = "host6/target6:0:0/6:0:0:0/";
    await plugIn(root, { ...UNKNOWN, interfaces: [{ class: "08/06/50", driver: "usb-storage", holds: [storage] }] });
    await writeFile(join(root, `sys/bus/usb/devices/1-1.3:1.0/${storage}type`), "5\n");
    const found = await look();
    expect(found.interfaces[0]?.drives).toEqual(["CD-ROM"]);
    expect(ruleOf(found)).toMatch(/a guess[\s\S]*steps: \[standardEject\]/);
  });
});

describe("wanherd rules check FILE", () => {
  const check = async (text: string): Promise<{ readonly ok: boolean; readonly text: string }> => {
    const file = join(root, "mine.yaml");
    await writeFile(file, text);
    return tryRules({ folder: "rules", file }, places());
  };

  test("says that the suggested rule is sound, and that it decides", async () => {
    await plugIn(root, UNKNOWN);
    const { ok, text } = await check(ruleOf(await look(HEARD)));
    expect(text).toBe(
      `${root}/mine.yaml is sound: 1 rule.\n“USB Modem·”:\n  1-1.3 (1c9e:9605): decides; it is a modem\n`,
    );
    expect(ok).toBe(true);
  });

  test("says which rule fits nothing, and which one yields to another", async () => {
    await plugIn(root, UNKNOWN);
    const { text } = await check(`vendor: x
source: [x]
rules:
  - { name: all of Longcheer's, match: { vendor: "1c9e" }, leave: no }
  - { name: this one, match: { ids: ["1c9e:9605"] }, ports: { at: 2 } }
  - { name: another, match: { ids: ["1c9e:0001"] }, ports: { at: 2 } }
`);
    expect(text).toMatch(/“all of Longcheer's”:\n {2}1-1\.3 .*: fits, but another one decides: .*“this one”/);
    expect(text).toMatch(/“this one”:\n {2}1-1\.3 .*: decides/);
    expect(text).toMatch(/“another”:\n {2}fits nothing that is plugged in/);
  });

  test("names the line of a mistake, and a file that is not there", async () => {
    expect(await check("vendor: x\nsource: [x]\nrules:\n  - name: x\n")).toEqual({
      ok: false,
      text: expect.stringContaining("mine.yaml:4: rules.0.match: "),
    });
    const { ok, text } = await tryRules({ folder: "rules", file: join(root, "none.yaml") }, places());
    expect([ok, text]).toEqual([false, expect.stringContaining("ENOENT")]);
  });
});
