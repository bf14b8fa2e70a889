import { beforeAll, describe, expect, it } from "vitest";
import type { UsbDevice } from "../../../src/hotplug/types.ts";
import { loadRules, parseRules } from "../../../src/rules/load-rules.ts";
import { createRuleBook } from "../../../src/rules/rule-book.ts";
import type { Rule } from "../../../src/rules/rule-schema.ts";
import type { RuleBook } from "../../../src/rules/types.ts";
import { databaseOf } from "./database-of.ts";
import { device } from "./device.ts";

const database = databaseOf({
  "12d1:1446": "# in the database, too\nOptionMode=1\n",
  "0af0:d035": "# Option stick\nTargetVendor=0x0af0\nTargetProduct=0x7501\nOptionMode=1\n",
  "0fce:d0cf": "# Ericsson card\nConfiguration=3\n",
  "12d1:1003": "# E220\nTargetClass=0xff\nHuaweiMode=1\n",
  "0df7:0800": "# Smart Cable\nTargetClass=0xff\nMobileActionMode=1\n",
  "0922:0020": "# Printer\nTargetClass=0x07\nPaperMode=1\n",
  "0fce:d0e1": "# MD400\nTargetClass=0x02\nSonyMode=1\nConfiguration=2\n",
  "413c:81a2": "# Dell card\nConfiguration=0\n",
  "046d:c261": '# Racing wheel\nTargetClass=0x03\nMessageContent="0f00010142"\n',
  "0922:1001": '# Label printer\nMessageContent="1b5a01"\n',
  "05c6:1000:uMa=AnyDATA": "# AnyDATA\nStandardEject=1\n",
  "2c7c:0125:uPr=Odd": "# shares its id\nStandardEject=1\n",
});

let book: RuleBook;
let shipped: readonly Rule[];
beforeAll(async () => {
  const { rules, problems } = await loadRules("rules");
  expect(problems).toEqual([]);
  shipped = rules;
  book = createRuleBook(rules, database);
});

describe("sticks in storage mode", () => {
  it.each([
    [
      "ZTE: eject, then its own message",
      device("19d2:2000", ["08/06/50"]),
      "rules/zte.yaml",
      ["standardEject", "messages"],
    ],
    [
      "Huawei: our rule wins over the database",
      device("12d1:1446", ["08/06/50", "08/06/50"]),
      "rules/huawei.yaml",
      ["messages"],
    ],
    ["known only to the database", device("0af0:d035", ["08/06/50"]), "usb_modeswitch 0af0:d035", ["messages"]],
    [
      "a card that wants another configuration",
      device("0fce:d0cf", ["02/02/01"]),
      "usb_modeswitch 0fce:d0cf",
      ["configuration"],
    ],
    ["one that keeps its id", device("12d1:1003", ["08/06/50"]), "usb_modeswitch 12d1:1003", ["control"]],
    [
      "told by its maker's name",
      device("05c6:1000", ["08/06/50"], { manufacturer: "AnyDATA" }),
      "usb_modeswitch 05c6:1000:uMa=AnyDATA",
      ["standardEject"],
    ],
  ])("%s", (_, stick, source, methods) => {
    const identity = book.identify(stick);
    if (identity.kind !== "storage") throw new Error(`${identity.kind}: ${identity.why}`);
    expect(identity.plan.source).toBe(source);
    expect(identity.plan.steps.map((step) => step.method)).toEqual(methods);
  });

  it("name the target that the thesis's ZTE comes back as", () => {
    const identity = book.identify(device("19d2:2000", ["08/06/50"]));
    expect(identity.kind === "storage" && identity.plan.targets).toContain("19d2:0031");
  });

  const cable = device("0df7:0800", ["03/00/00"]);
  it("are for the program usb_modeswitch when we cannot do what they need", () => {
    const identity = createRuleBook([], database, "/usr/sbin/usb_modeswitch").identify(cable);
    expect(identity).toMatchObject({ kind: "storage", name: "Smart Cable" });
    expect(identity.kind === "storage" && identity.plan.steps).toEqual([
      {
        method: "program",
        program: "/usr/sbin/usb_modeswitch",
        setting: "MobileActionMode",
        entry: { TargetClass: "0xff", MobileActionMode: "1" },
      },
    ]);
  });

  it("are unswitchable where that is not installed, and say what to install", () => {
    expect(book.identify(cable)).toMatchObject({
      kind: "unswitchable",
      name: "Smart Cable",
      method: "MobileActionMode by the program usb_modeswitch, which is not installed (Debian: usb-modeswitch)",
    });
  });

  it("are not for the program when they become no modem", () => {
    const withProgram = createRuleBook([], database, "/usr/sbin/usb_modeswitch");
    expect(withProgram.identify(device("0922:0020", ["ff/00/00"])).kind).toBe("other");
  });

  it("are left as they are once the program has switched them", () => {
    expect(book.identify(device("0df7:0800", ["ff/00/00"])).kind).toBe("maybe");
  });

  describe("that are asked twice, as Sony's", () => {
    const methods = (classes: string[], configuration = 1): unknown => {
      const identity = book.identify(device("0fce:d0e1", classes, { configuration }));
      return identity.kind === "storage" ? identity.plan.steps.map(({ method }) => method) : identity.kind;
    };
    it("are asked as storage", () => expect(methods(["08/06/50"])).toEqual(["detach", "control"]));
    it("and again as a modem, a second later, for their second configuration", () =>
      expect(methods(["02/02/01", "0a/00/00"])).toEqual(["wait", "detach", "control", "configuration"]));
    it("and are modems then", () => expect(methods(["02/02/01", "0a/00/00"], 2)).toBe("maybe"));
  });
});

describe("modems", () => {
  it.each([
    ["ZTE MF102, by interface number", device("19d2:0031", ["ff/ff/ff", "ff/ff/ff", "08/06/50", "ff/ff/ff"]), 1, 3],
    [
      "Huawei E367, by subclass and protocol",
      device("12d1:1506", ["ff/02/01", "ff/02/03", "ff/02/02", "ff/02/05"]),
      2,
      0,
    ],
    ["Huawei with the older subclass", device("12d1:140c", ["ff/01/02", "ff/01/03", "ff/01/01", "08/06/50"]), 0, 2],
    ["Huawei of the 10/12 kind", device("12d1:1506", ["ff/02/12", "ff/02/10", "ff/02/16"]), 0, 1],
    ["Huawei of the 31/32 kind", device("12d1:15ca", ["ff/03/31", "ff/03/32"]), 1, 0],
    ["Huawei of the 61/62 kind", device("12d1:1c05", ["ff/02/61", "ff/02/62", "ff/02/63"]), 1, 0],
    [
      "Sierra with one port for both",
      device("1199:9071", ["ff/ff/ff", "2:ff/00/00", "3:ff/00/00", "8:ff/ff/ff"]),
      3,
      3,
    ],
    ["Option, whose AT port is to be probed", device("0af0:7501", ["ff/ff/ff", "ff/ff/ff"]), null, 0],
    ["a ZTE that lacks the interface its rule names", device("19d2:0031", ["ff/ff/ff", "ff/ff/ff"]), 1, null],
  ])("%s", (_, modem, at, data) => {
    const identity = book.identify(modem);
    if (identity.kind !== "modem") throw new Error(`${identity.kind}: ${identity.why}`);
    expect(identity.ports).toEqual({ at, data, candidates: [] });
    expect(identity.dial).toEqual({
      init: ["ATZ", "ATQ0 V1 E0 S0=0 &C1 &D2"],
      context: 1,
      dial: "ATD*99***1#",
      reset: "AT+CFUN=1,1",
    });
  });

  it("say why they matched", () => {
    expect(book.identify(device("19d2:0031", ["ff/ff/ff"])).why).toBe(
      "rules/zte.yaml, “ZTE MF102 or relative”: its id is 19d2:0031, it has an interface of class ff/ff/ff",
    );
  });
});

describe("what might be a modem waits for the kernel's word", () => {
  it.each([
    ["CDC ACM that declares AT commands", device("1546:1102", ["02/02/01", "0a/00/00"])],
    ["vendor-specific interfaces of an unknown make", device("1bc7:1201", ["ff/ff/ff", "ff/ff/ff"])],
    ["an E220 that has been switched already", device("12d1:1003", ["ff/ff/ff", "ff/ff/ff"])],
    ["a card that is in its configuration already", device("0fce:d0cf", ["02/02/01"], { configuration: 3 })],
    ["a card that the database says to leave as it is", device("413c:81a2", ["ff/ff/ff"])],
    ["a known id, but one that is shared by other devices", device("2c7c:0125", ["02/02/01"])],
  ])("%s", (_, modem) => {
    expect(book.identify(modem)).toMatchObject({ kind: "maybe", ports: { at: null, data: null, candidates: [] } });
  });
});

describe("an id that the database calls ambiguous", () => {
  const text =
    "vendor: x\nsource: [x]\nrules: [{ name: only an id, match: { ids: ['05c6:1000'] }, ports: { at: 0 } }]\n";
  it("does not decide alone, not even in a rule of ours", async () => {
    const { parseRules } = await import("../../../src/rules/load-rules.ts");
    const parsed = parseRules(text, "x.yaml");
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    const identity = createRuleBook(parsed.rules, database).identify(device("05c6:1000", ["08/06/50"]));
    expect(identity.kind).toBe("other");
    expect(createRuleBook(parsed.rules, databaseOf({})).identify(device("05c6:1000", ["08/06/50"])).kind).toBe("modem");
  });
});

describe("what is left alone", () => {
  const left: [string, UsbDevice, string][] = [
    [
      "a keyboard",
      device("046d:c31c", ["03/01/01", "03/00/00"]),
      "it is a keyboard, mouse or other input device (HID)",
    ],
    [
      "a memory stick",
      device("0951:1666", ["08/06/50"], { manufacturer: "Kingston", product: "DataTraveler 3.0" }),
      "it is a memory stick, disk or card reader (mass storage), and no known modem in disguise",
    ],
    [
      "a sound card",
      device("0d8c:0014", ["01/01/00", "01/02/00", "03/00/00"]),
      "it is a keyboard, mouse or other input device (HID)",
    ],
    [
      "a serial port that takes no AT commands",
      device("1f00:2012", ["02/02/00", "0a/00/00"]),
      "it is a serial port that does not say it takes AT commands",
    ],
    [
      "a racing wheel of the database",
      device("046d:c261", ["ff/5d/01"]),
      "usb_modeswitch's database has 046d:c261, but it becomes an input device",
    ],
    [
      "a label printer of the database",
      device("0922:1001", ["03/00/00"]),
      "usb_modeswitch's database has 0922:1001, but it is no modem in storage mode",
    ],
    [
      "a stick whose shared id fits no entry",
      device("05c6:1000", ["08/06/50"]),
      "it may be a modem in storage mode, but usb_modeswitch's database cannot tell: 05c6:1000 is used by several devices, and none fits its strings",
    ],
    ["a device without interfaces", device("1234:5678", []), "it has no interfaces"],
  ];
  it.each(left)("%s", (_, other, why) => {
    expect(book.identify(other)).toMatchObject({ kind: "other", why });
  });

  it.each([
    ["an FTDI adapter", device("0403:6001", ["ff/ff/ff"])],
    ["a PL2303", device("067b:2303", ["ff/00/00"])],
    ["a CH340", device("1a86:7523", ["ff/01/02"])],
    ["an Arduino that declares AT commands", device("2341:0043", ["02/02/01", "0a/00/00"])],
  ])("%s, which must never be sent AT commands", (_, adapter) => {
    expect(book.identify(adapter).kind).toBe("other");
  });

  it("a hub, by its own kind", () => {
    expect(book.identify(device("05e3:0608", ["09/00/00"], { deviceClass: 9 })).kind).toBe("hub");
  });

  it("a stick of the database whose first interface is not storage is not sent SCSI commands", () => {
    expect(book.identify(device("0af0:d035", ["03/01/01"])).kind).toBe("other");
  });
});

describe("the name", () => {
  it.each([
    ["maker and product", { manufacturer: "Acme", product: "Thing" }, "Acme Thing"],
    ["the maker once", { manufacturer: "Acme", product: "Acme Thing" }, "Acme Thing"],
    ["nothing told", {}, "1234:5678"],
  ])("is %s", (_, strings, name) => {
    expect(book.identify(device("1234:5678", ["03/00/00"], strings)).name).toBe(name);
  });
});

describe("rules of this machine", () => {
  const parsed = parseRules(
    `vendor: x
source: [x]
rules:
  - { name: my ZTE, match: { vendor: "19d2" }, ports: { at: 3 } }
  - { name: all else, match: { anyInterface: ["*/*/*"] }, leave: not here }
`,
    "/etc/wanherd/rules/mine.yaml",
    "/etc/wanherd/rules/mine.yaml",
  );
  if ("problems" in parsed) throw new Error("unsound");
  const identify = (any: UsbDevice) => createRuleBook(shipped, database, null, parsed.rules).identify(any);

  it("come before those of the program, however well those fit", () => {
    const identity = identify(device("19d2:0031", ["ff/ff/ff"]));
    expect(identity).toMatchObject({ kind: "modem", name: "my ZTE", ports: { at: null } });
    expect(identity.why).toContain("/etc/wanherd/rules/mine.yaml, “my ZTE”");
  });

  it("for whole classes come after what is known of makes, as the program's do", () => {
    expect(identify(device("12d1:1446", ["08/06/50"])).kind).toBe("storage");
    expect(identify(device("0fce:d0cf", ["ff/ff/ff"], { configuration: 1 })).kind).toBe("storage");
    expect(identify(device("1234:5678", ["ff/ff/ff"])).why).toContain("not here");
  });
});
