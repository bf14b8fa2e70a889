import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Answers, Offers } from "../../../../src/cli/init/answers.ts";
import type { Asker } from "../../../../src/cli/init/ask.ts";
import { countryOf, defaultInterfaces, freeLan } from "../../../../src/cli/init/find-offers.ts";
import { renderConfig } from "../../../../src/cli/init/render-config.ts";
import { runInit } from "../../../../src/cli/init/run-init.ts";
import { parseConfig } from "../../../../src/config/load-config.ts";

const NOTHING: Answers = { country: null, ssid: null, passphrase: null, apn: null, backup: null, lanAddress: null };
const OFFERS: Offers = { country: "SE", uplinks: ["eth0"], lanAddress: null };

describe("the config that is written", () => {
  test("says each answer, and what it is for", () => {
    const all = {
      country: "NO",
      ssid: "Buss 7",
      passphrase: "correct horse",
      apn: "data.example",
      backup: "eth0",
      lanAddress: "172.27.2.1/24",
    };
    expect(
      renderConfig(all),
    ).toBe(`# Made by \`wanherd init\`. What is not said here is as by default; README and the package's own file name all keys.
# wanherd reads it again when it changes, and refuses one with a mistake.

# The access point that WiFi dongles become.
accessPoint:
  # Where it stands: what channels and what power are allowed.
  country: "NO"
  # The network's name.
  ssid: "Buss 7"
  # 8 to 63 characters. Without this key one is made: \`wanherd passphrase\` prints it.
  passphrase: "correct horse"

# For all modems; one can be named beside \`defaults\`, by its port, IMEI, IMSI or ICCID.
modems:
  defaults:
    # The access point name; auto: the one that is known for the SIM.
    apn: "data.example"

# Set up by others; in tier 2 it is used while no modem is good.
uplinks:
  - { interface: "eth0", tier: 2 }

# The network behind this computer.
lan:
  address: 172.27.2.1/24 # as the usual one is used here already
  dhcp: { from: 172.27.2.100, to: 172.27.2.150, lease: 1h }
`);
  });

  test("means what was answered, whatever that was", () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
      minLength: 8,
      maxLength: 63,
    });
    const ssid = fc.string({ minLength: 1, maxLength: 32 });
    fc.assert(
      fc.property(ascii, ssid, (passphrase, name) => {
        const loaded = parseConfig(renderConfig({ ...NOTHING, passphrase, ssid: name }), "x");
        if ("problems" in loaded) return;
        expect(loaded.config.accessPoint).toMatchObject({ passphrase, ssid: name });
      }),
    );
    expect(parseConfig(renderConfig({ ...NOTHING, passphrase: "  # 'x': y  " }), "x")).toHaveProperty("config");
  });
});

describe("what is offered", () => {
  test.each([
    ["sv_SE.UTF-8", "SE"],
    ["de_CH", "CH"],
    ["C.UTF-8", null],
    ["", null],
  ])("the country of %j is %j", (locale, country) => expect(countryOf(locale)).toBe(country));

  test("interfaces with a default route, the best first, none of our modems'", () => {
    const routes = `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
wan1-1\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0
eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
`;
    expect(defaultInterfaces(routes)).toEqual(["eth0", "wlan0"]);
  });

  test("a LAN that collides with no network that is there", () => {
    expect(freeLan([{ interface: "eth0", cidr: "192.168.1.5/24" }])).toBeNull();
    expect(freeLan([{ interface: "lan-br", cidr: "172.17.2.1/24" }])).toBeNull();
    expect(freeLan([{ interface: "docker0", cidr: "172.17.0.1/16" }])).toBe("172.27.2.1/24");
    expect(freeLan([{ interface: "x", cidr: "172.16.0.1/12" }])).toBe("192.168.217.1/24");
  });
});

describe("wanherd init", () => {
  let folder: string;
  let file: string;
  let said: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "init-"));
    file = join(folder, "etc/wanherd.yaml");
    said = "";
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const note = (text: string): void => {
    said += text;
  };
  const run = (asker: Asker | null, given: Partial<Answers> = {}, force = false): Promise<boolean> =>
    runInit({ file, given, force, offers: OFFERS, asker, out: note, err: note });

  /** Answers in turn; "" takes what is offered. */
  function person(...answers: readonly string[]): Asker & { readonly questions: string[] } {
    const left = [...answers];
    const questions: string[] = [];
    return {
      questions,
      ask: async (question, offer) => {
        questions.push(`${question} [${offer}]`);
        const answer = left.shift();
        return answer === undefined ? null : answer || offer;
      },
      close: () => {},
    };
  }

  test("five times Enter: what was found here, and defaults", async () => {
    const asker = person("", "", "", "", "");
    expect(await run(asker)).toBe(true);
    expect(asker.questions).toHaveLength(5);
    const loaded = parseConfig(await readFile(file, "utf8"), file);
    expect(loaded).toMatchObject({
      config: {
        accessPoint: { country: "SE", ssid: "MobileAP", passphrase: "auto" },
        uplinks: [{ interface: "eth0", tier: 2 }],
      },
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(said).toMatch(/is written[\s\S]*wanherd doctor/);
  });

  test("a wrong answer is told why, and asked again", async () => {
    expect(await run(person("sweden", "no", "Buss", "short", "long enough now", "auto", "none"))).toBe(true);
    expect(said).toMatch(/two capital letters[\s\S]*8–63 ASCII/);
    expect(parseConfig(await readFile(file, "utf8"), file)).toMatchObject({
      config: { accessPoint: { country: "NO", ssid: "Buss", passphrase: "long enough now" }, uplinks: [] },
    });
  });

  test("somebody who goes away in the middle has changed nothing", async () => {
    expect(await run(person("SE", "Buss"))).toBe(false);
    await expect(stat(file)).rejects.toThrow();
  });

  test("what the command line says is not asked, and is refused where it is wrong", async () => {
    const asker = person("", "", "", "");
    expect(await run(asker, { country: "DE" })).toBe(true);
    expect(asker.questions).toHaveLength(4);
    expect(await run(null, { country: "D" }, true)).toBe(false);
    expect(said).toContain("two capital letters");
  });

  test("a config that says something stays, but by force, and then beside the new one", async () => {
    await run(null);
    await writeFile(file, "# only a comment\n");
    expect(await run(null, { ssid: "One" })).toBe(true);
    expect(await run(null, { ssid: "Two" })).toBe(false);
    expect(said).toContain("says something already");
    expect(await run(null, { ssid: "Two" }, true)).toBe(true);
    expect(await readFile(`${file}.before-init`, "utf8")).toContain('ssid: "One"');
    expect((await stat(`${file}.before-init`)).mode & 0o777).toBe(0o600);
    await writeFile(file, "{ broken");
    expect(await run(null, {})).toBe(false);
  });
});
