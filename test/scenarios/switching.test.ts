import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { SPECIAL_MODES, type SpecialMode } from "../bus/devices/models/special-modes.ts";
import { specialStick } from "../bus/devices/models/special-stick.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const PROGRAM = "/usr/sbin/usb_modeswitch";
/** Where an operator puts entries of his own. */
const OWN_ENTRY = "/etc/usb_modeswitch.d/12d1:fff0";
/** Between two looks at a device's log. */
const LOOK_MS = 250;

let box: Box;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), []);
  await box.guest.exec(["mkdir", "-p", "/etc/usb_modeswitch.d"]);
  await box.guest.writeFile(OWN_ENTRY, "TargetVendor=0x12d1\nTargetProduct=0xfff1\nHuaweiAltMode=1\n");
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.guest.exec(["rm", "-f", OWN_ENTRY]);
  await box.stop();
});

/** When what is in a port was plugged in. */
const pluggedAt = new Map<string, number>();

async function plug(number: number, mode: SpecialMode, params: { ignored?: number } = {}): Promise<string> {
  const port = box.bus.port(number);
  const { atMs } = await box.bus.plug(port, specialStick(mode, params));
  pluggedAt.set(port, atMs);
  return port;
}

/** What has happened on the bus to the device in a port since it was plugged in. */
async function happened(port: string): Promise<readonly string[]> {
  const log = await box.bus.log(port, pluggedAt.get(port));
  return log.filter(({ kind }) => kind === "usb").map(({ text }) => text);
}

/** Waits until that has happened, and returns all that has. */
async function untilHappened(port: string, text: string, timeoutMs = 30_000): Promise<readonly string[]> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const all = await happened(port);
    if (all.includes(text)) return all;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`not within ${timeoutMs} ms in ${port}: ${text}; but ${(await happened(port)).join(", ")}`);
}

const idAfter = (mode: SpecialMode): string =>
  SPECIAL_MODES[mode].becomes.map((number) => number.toString(16).padStart(4, "0")).join(":");

/** The agent, too, sees that what is in the port is another device, and that it was a switch. */
async function expectSeenAsSwitched(port: string, mode: SpecialMode): Promise<void> {
  const { ports } = await box.until(
    `${mode} is seen`,
    ({ ports }) => {
      const seen = ports.find((each) => each.port === port);
      return seen?.usbId === idAfter(mode) && seen.state !== "switching";
    },
    20_000,
  );
  const seen = ports.find((each) => each.port === port);
  expect(seen?.history.map(({ state }) => state)).toContain("switching");
  expect(seen?.failure?.kind ?? "none").not.toMatch(/^Switch/);
}

describe("before the agent runs", () => {
  test("a message with one wrong byte leaves the stick as it is", async () => {
    const port = await plug(1, "option");
    await untilHappened(port, "configuration 1");
    const { stdout } = await box.guest.exec(["cat", `/sys/bus/usb/devices/${port}/devnum`]);
    const [vendor = "", product = ""] = ["0af0", "6971"];
    const wrong = "55534243123456780000000000000602000000000000000000000000000000";
    const which = ["-v", vendor, "-p", product, "-b", port.split("-")[0] ?? "", "-g", stdout.trim()];
    const said = await box.guest.exec([PROGRAM, ...which, "-M", wrong]);
    expect(said.stdout).toContain("message successfully sent");
    expect((await happened(port)).join()).not.toMatch(/makes it/);
  });
});

describe("with the agent", () => {
  const stubborn = 15;
  const phoneCable = 14;

  beforeAll(async () => {
    // Plugged in first, as it needs its time: until it is switched the others are through.
    await plug(stubborn, "kobil", { ignored: 2 });
    await box.start();
  });

  test("a stick that was there before it is switched", async () => {
    await untilHappened(box.bus.port(1), "sequence makes it modem");
    await expectSeenAsSwitched(box.bus.port(1), "option");
    await box.bus.unplug(box.bus.port(1));
  });

  describe.each<[string, readonly (readonly [title: string, mode: SpecialMode])[]]>([
    [
      "sticks that wait for bulk messages",
      [
        ["an eject, as from a desktop", "standardEject"],
        ["two messages of its own", "messages"],
        ["Huawei's message", "huaweiNew"],
        ["Huawei's other message, from an entry of the operator's own", "huaweiAlt"],
        ["Cisco's eleven commands", "cisco"],
      ],
    ],
    [
      "sticks that wait for control requests",
      [
        ["Huawei's old request", "huawei"],
        ["Sierra's", "sierra"],
        ["Sequans's", "sequans"],
        ["Qisda's, with sixteen bytes", "qisda"],
        ["Quanta's, which asks for nothing", "quanta"],
        ["Kobil's", "kobil"],
        ["GCT's two, to the interface", "gct"],
        ["BlackBerry's two", "blackberry"],
        ["Pantech's, with the number that the entry names", "pantech"],
      ],
    ],
  ])("%s", (_name, sticks) => {
    const first = 2;
    beforeAll(async () => {
      for (const [index, [, mode]] of sticks.entries()) await plug(first + index, mode);
    });
    afterAll(async () => {
      await Promise.all(sticks.map((_stick, index) => box.bus.unplug(box.bus.port(first + index))));
    });

    test.each(sticks.map(([title, mode], index) => [title, { mode, index }] as const))(
      "%s",
      async (_title, { mode, index }) => {
        const by = mode === "standardEject" ? "eject" : "sequence";
        const port = box.bus.port(first + index);
        await untilHappened(port, `${by} makes it modem`);
        await expectSeenAsSwitched(port, mode);
      },
    );
  });

  test("another configuration, selected without a new enumeration", async () => {
    const port = await plug(2, "configuration");
    const all = await untilHappened(port, "configuration 3");
    await expectSeenAsSwitched(port, "configuration");
    expect(all).not.toContain("detached");
    await box.bus.unplug(port);
  });

  test("Sony's is asked again when it is back, and only then takes its second configuration", async () => {
    const port = await plug(3, "sony");
    const all = await untilHappened(port, "configuration 2");
    expect(all.filter((text) => !/^configuration [01]$|tached/.test(text))).toEqual([
      "sequence makes it modem",
      "sequence unlocks it",
      "configuration 2",
    ]);
    await expectSeenAsSwitched(port, "sony");
    await box.bus.unplug(port);
  });

  test("a Pantech that changes by itself is taken from the storage driver and left in peace", async () => {
    const port = await plug(4, "pantechByItself");
    await box.untilState(port, "switching");
    const driver = `/sys/bus/usb/devices/${port}:1.0/driver`;
    const gone = await box.guest.exec([
      "sh",
      "-c",
      `for i in $(seq 50); do [ -e ${driver} ] || exit 0; sleep 0.1; done; exit 1`,
    ]);
    expect(gone.exitCode).toBe(0);
    expect((await happened(port)).at(-1)).not.toMatch(/modem/);
    await untilHappened(port, "time makes it modem");
    await expectSeenAsSwitched(port, "pantechByItself");
    await box.bus.unplug(port);
  });

  test("a phone cable, which only the program usb_modeswitch can do, is switched by that", async () => {
    const port = await plug(phoneCable, "mobileAction");
    await untilHappened(port, "sequence makes it modem");
    await expectSeenAsSwitched(port, "mobileAction");
    await box.bus.unplug(port);
  });

  test("a stick that ignores the right request twice is switched by the third", async () => {
    const port = box.bus.port(stubborn);
    const all = await untilHappened(port, "sequence makes it modem", 80_000);
    expect(all.filter((text) => text.startsWith("sequence"))).toEqual([
      "sequence ignored",
      "sequence ignored",
      "sequence makes it modem",
    ]);
    await expectSeenAsSwitched(port, "kobil");
  });
});

describe("without the program usb_modeswitch", () => {
  beforeAll(async () => {
    await box.stop();
    await box.guest.exec(["mv", PROGRAM, `${PROGRAM}.away`]);
    await box.start();
  });
  afterAll(async () => {
    await box.guest.exec(["mv", `${PROGRAM}.away`, PROGRAM]);
  });

  test("a phone cable is stuck, and the reason names the package to install", async () => {
    const port = await plug(14, "mobileAction");
    await box.untilState(port, "stuck");
    expect((await box.port(port))?.failure).toMatchObject({
      kind: "SwitchUnsupported",
      message: expect.stringMatching(/MobileActionMode.*Debian: usb-modeswitch/),
    });
  });
});
