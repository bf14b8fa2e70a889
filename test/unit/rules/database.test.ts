import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDatabase } from "../../../src/rules/usb-modeswitch/database.ts";
import { parseEntryName } from "../../../src/rules/usb-modeswitch/entry-name.ts";
import { modeSwitchReport } from "../../../src/rules/usb-modeswitch/mode-switch-report.ts";
import { databaseOf } from "./database-of.ts";
import { device } from "./device.ts";
import { tarOf } from "./tar-of.ts";

describe("the name of a database file", () => {
  it.each([
    ["19d2:2000", ["19d2:2000", []]],
    ["05c6:1000:sVe=GT", ["05c6:1000", [{ attribute: "sVe", text: "GT" }]]],
    ["12d1:#linux", ["12d1:#linux", []]],
    [
      "1c9e:f000:uMa=USB_Modem:uPr=X",
      [
        "1c9e:f000",
        [
          { attribute: "uMa", text: "USB_Modem" },
          { attribute: "uPr", text: "X" },
        ],
      ],
    ],
  ])("%s", (file, [id, filters]) => {
    expect(parseEntryName(file)).toEqual({ file, id, filters });
  });

  it.each([
    "new.lst",
    "19D2:2000",
    "19d2:2000~",
    "19d2:2000.dpkg-new",
    "12d1:#android",
    "05c6:1000:?=x",
    "../19d2:2000",
    "19d2:2000:uMa=",
  ])("%s is no entry", (file) => expect(parseEntryName(file)).toBeNull());
});

describe("several entries for one id", () => {
  const database = databaseOf({
    "05c6:1000:uPr=Data_Stick": "# Stick\nStandardEject=1",
    "05c6:1000:uMa=AnyDATA": "# AnyDATA\nOptionMode=1",
    "0408:f000:uMa=Yota": "# Yota\nOptionMode=1",
    "0408:f000": "# any other\nStandardEject=1",
    "04e8:f000:sMo=U209": "# Samsung\nStandardEject=1",
    "04e8:f000": "# any other\nStandardEject=1",
  });
  const found = (id: string, more = {}) => {
    const result = database.lookUp(device(id, ["08/06/50"], more));
    return result.kind === "entry" ? result.entry.text.title : result.kind;
  };

  it.each([
    ["a part of the maker's name is enough", "05c6:1000", { manufacturer: "AnyDATA Corp." }, "AnyDATA"],
    ["an underscore stands for a space", "05c6:1000", { product: "USB Data Stick 2" }, "Stick"],
    ["letters are compared exactly", "05c6:1000", { manufacturer: "ANYDATA" }, "undecided"],
    ["the id alone decides nothing when none fits", "05c6:1000", {}, "undecided"],
    ["the entry without strings takes the rest", "0408:f000", { manufacturer: "Quanta" }, "any other"],
    ["but the one with strings goes first", "0408:f000", { manufacturer: "Yota Devices" }, "Yota"],
    ["what only a SCSI inquiry could tell stays open", "04e8:f000", {}, "undecided"],
    ["an unknown device is not in it", "0951:1666", {}, "none"],
  ])("%s", (_, id, more, expected) => {
    expect(found(id, more)).toBe(expected);
  });

  it("knows which ids are shared", () => {
    expect(database.isAmbiguous("05c6:1000")).toBe(true);
    expect(database.isAmbiguous("19d2:2000")).toBe(false);
  });
});

describe("the database as installed", () => {
  let root = "";
  const dirs = () => [join(root, "etc"), join(root, "share"), join(root, "absent")];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "wanherd-database-"));
    await mkdir(join(root, "etc"));
    await mkdir(join(root, "share"));
    const pack = tarOf([
      ["19d2:2000", "# packed\nStandardEject=1\n"],
      ["12d1:1446", "# packed\nHuaweiNewMode=1\n"],
      ["05c6:1000", "# without strings\nOptionMode=1\n"],
      ["05c6:1000:uMa=X", "# with strings\nOptionMode=1\n"],
      ["new.lst", "no entry"],
    ]);
    await writeFile(join(root, "share", "configPack.tar.gz"), new Uint8Array(gzipSync(pack)));
    await writeFile(join(root, "share", "12d1:1446"), "# single\nHuaweiMode=1\n");
    await writeFile(join(root, "etc", "12d1:1446"), "# by the administrator\nConfiguration=2\n");
    await writeFile(join(root, "etc", "README"), "no entry");
  });
  afterAll(() => rm(root, { recursive: true }));

  it("is read from the pack, and single files win, those in /etc first", async () => {
    const database = await loadDatabase(dirs());
    const titles = ["19d2:2000", "12d1:1446"].map((id) => {
      const result = database.lookUp(device(id, ["08/06/50"]));
      return result.kind === "entry" ? result.entry.text.title : result.kind;
    });
    expect(titles).toEqual(["packed", "by the administrator"]);
    expect(database.problems).toEqual([]);
  });

  it("tries entries with strings first, wherever they stand in the pack", async () => {
    const result = (await loadDatabase(dirs())).lookUp(device("05c6:1000", [], { manufacturer: "X" }));
    expect(result.kind === "entry" && result.entry.text.title).toBe("with strings");
  });

  it("names a pack that is damaged and goes on without it", async () => {
    const damaged = join(root, "share2");
    await mkdir(damaged);
    await writeFile(join(damaged, "configPack.tar.gz"), "this is no gzip");
    const database = await loadDatabase([join(root, "etc"), damaged]);
    expect(database.size).toBe(1);
    expect(database.problems).toMatchObject([{ file: join(damaged, "configPack.tar.gz"), line: 0 }]);
  });
});

describe("the count of what can be switched", () => {
  it("goes by method, and names what is left to usb_modeswitch", () => {
    const report = modeSwitchReport(
      databaseOf({
        "0001:0001": 'StandardEject=1\nMessageContent="aa"',
        "0001:0002": "StandardEject=1",
        "0001:0003": "SierraMode=1",
        "0001:0004": "MobileActionMode=1",
        "0001:0005": "Configuration=0",
        "0001:0006": 'MessageContent="a"',
      }),
    );
    expect(report).toEqual({
      entries: 6,
      switchable: 3,
      byMethod: { StandardEject: 2, MessageContent: 1, SierraMode: 1 },
      forProgram: 1,
      byMissingSetting: { MobileActionMode: 1 },
      nothingToSend: 1,
      broken: [{ entry: "0001:0006", reason: "MessageContent is not pairs of hex digits" }],
    });
  });
});
