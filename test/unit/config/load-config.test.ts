import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig, parseConfig } from "../../../src/config/load-config.ts";
import type { Config } from "../../../src/config/types.ts";

function accepted(text: string): Config {
  const loaded = parseConfig(text, "wanherd.yaml");
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** All problems as `line: reason`. */
function refusals(text: string): string[] {
  const loaded = parseConfig(text, "wanherd.yaml");
  return "problems" in loaded ? loaded.problems.map(({ line, reason }) => `${line}: ${reason}`) : [];
}

describe("the config without a word in it", () => {
  const defaults = {
    modems: {
      defaults: {
        apn: "auto",
        pin: null,
        username: null,
        password: null,
        role: "balance",
        weight: "auto",
        tier: 1,
        enabled: true,
        roaming: false,
        authentication: "auto",
        ipType: "ipv4",
      },
      named: {},
    },
    balancer: { by: "connection", drainSeconds: 60, rules: [] },
    uplinks: [],
    bundle: { engine: "mptcp", concentrator: null, key: null },
    accessPoint: {
      enabled: true,
      ssid: "MobileAP",
      passphrase: "auto",
      country: null,
      channels: [1, 6, 11],
      security: "wpa2-wpa3",
      hidden: false,
      isolation: false,
      maxStations: null,
      interfaces: [],
    },
    lan: {
      bridge: "lan-br",
      address: "172.17.2.1/24",
      dhcp: { from: "172.17.2.100", to: "172.17.2.150", lease: "1h" },
      ports: [],
    },
    dns: { enabled: true },
    power: { hubs: {} },
    probe: { servers: ["9.9.9.9", "1.1.1.1"] },
    health: { loss: 0.4, latencyMs: 2_000 },
    measure: { url: null },
    journal: { directory: "/var/lib/wanherd", maxMegabytes: 50, maxDays: 365, maskIdentities: false },
  };

  it.each([
    ["empty", ""],
    ["only a comment", "# nothing yet\n"],
    ["an empty map", "{}\n"],
  ])("is made of defaults: %s", (_, text) => {
    expect(accepted(text)).toEqual(defaults);
  });
});

describe("a config that says everything", () => {
  it("is accepted as written", () => {
    const config = accepted(`
modems:
  defaults: { apn: auto, pin: null, role: balance, weight: auto, tier: 1, enabled: true, roaming: true }
  1-1.3: { weight: 3, apn: data.comviq.se, username: guest, password: "1234" }
  "imei:356938035643809": { pin: "0000" }
  "iccid:8946071512360089522": { role: bundle, enabled: false }
balancer: { by: host }
uplinks: [{ interface: eth0, tier: 2 }]
bundle: { engine: mlppp, concentrator: bundle.example.org, key: "s3cret" }
accessPoint:
  { enabled: false, ssid: Bus 7, passphrase: correct horse, country: SE, channels: [1, 13, 36, 149], security: wpa2,
    hidden: true, isolation: true, maxStations: 20, interfaces: [wlan0] }
lan: { bridge: br0, address: 10.0.0.1/16, ports: [eth1], dhcp: { from: 10.0.1.0, to: 10.0.255.254, lease: 30m } }
power: { hubs: { 1-1: 2000, usb2: 1200 } }
journal: { directory: /data/journal, maxMegabytes: 5 }
`);
    expect(config.modems.defaults.roaming).toBe(true);
    expect(config.modems.named).toEqual({
      "1-1.3": { weight: 3, apn: "data.comviq.se", username: "guest", password: "1234" },
      "imei:356938035643809": { pin: "0000" },
      "iccid:8946071512360089522": { role: "bundle", enabled: false },
    });
    expect(config.uplinks).toEqual([{ interface: "eth0", tier: 2, weight: "auto", role: "balance" }]);
    expect(config.power.hubs).toEqual({ "1-1": 2000, usb2: 1200 });
    expect(config.accessPoint.channels).toEqual([1, 13, 36, 149]);
    expect([config.accessPoint.interfaces, config.lan.ports]).toEqual([["wlan0"], ["eth1"]]);
    expect(config.lan.dhcp).toEqual({ from: "10.0.1.0", to: "10.0.255.254", lease: "30m" });
  });
});

it("rules that pin connections: ranges are put in order and joined, what is left open is any", () => {
  const config = accepted(`
balancer:
  rules:
    - { to: 192.0.2.0/24, protocol: tcp, ports: [443, 8000-8100, "8050-8200", 80, 81], use: "1-1.3", strict: true }
    - { ports: 53, use: { tier: 2 } }
    - { protocol: icmp, use: eth0 }
`);
  expect(config.balancer.rules).toEqual([
    {
      to: "192.0.2.0/24",
      protocol: "tcp",
      ports: [
        { from: 80, to: 81 },
        { from: 443, to: 443 },
        { from: 8000, to: 8200 },
      ],
      use: "1-1.3",
      strict: true,
    },
    { to: null, protocol: null, ports: [{ from: 53, to: 53 }], use: { tier: 2 }, strict: false },
    { to: null, protocol: "icmp", ports: [], use: "eth0", strict: false },
  ]);
});

describe("a config with a mistake is refused with its line", () => {
  it.each([
    ["an unknown section", "modems: {}\nmodem: {}\n", "2: modem: unknown key"],
    ["an unknown key deep down", "lan:\n  dhcp:\n    lease: 1h\n    range: 3\n", "4: lan.dhcp.range: unknown key"],
    ["a misspelt modem key", "modems:\n  1-1.3:\n    wieght: 3\n", "3: modems.1-1.3.wieght: unknown key"],
    [
      "a port path that is none",
      "modems:\n  1-1.3: {}\n  1-1.x: { weight: 2 }\n",
      "3: modems.1-1.x: not a port path such as 1-1.3, nor imei:…, imsi:… or iccid:… with its digits",
    ],
    [
      "an IMEI with a letter",
      'modems:\n  "imei:35693803564380X": {}\n',
      "2: modems.imei:35693803564380X: not a port path such as 1-1.3, nor imei:…, imsi:… or iccid:… with its digits",
    ],
    [
      "a PIN that YAML takes for a number",
      "modems:\n  defaults:\n    pin: 0000\n",
      '3: modems.defaults.pin: expected four to eight digits in quotes, as in pin: "0000" (YAML reads them as a number otherwise)',
    ],
    [
      "a PIN that is too short",
      'modems:\n  defaults: { pin: "123" }\n',
      "2: modems.defaults.pin: expected four to eight digits",
    ],
    [
      "a number as password",
      "modems: { defaults: { password: 99 } }",
      "1: modems.defaults.password: expected text (put numbers in quotes)",
    ],
    [
      "an APN that would end the AT command",
      "modems:\n  defaults:\n    apn: 'internet\",\"x'\n",
      "3: modems.defaults.apn: must not hold quotes, backslashes or control characters",
    ],
    [
      "a weight of nothing",
      "modems: { defaults: { weight: 0 } }",
      "1: modems.defaults.weight: Too small: expected number to be >=1",
    ],
    ["a list for a map", "modems: [1-1.3]", "1: modems: expected object, received array"],
    ["a text for the whole file", "hello", "1: expected object, received string"],
    [
      "a file to measure by that is on a disk",
      "measure: { url: /srv/25MB.bin }",
      "1: measure.url: expected a URL such as http://server.example/25MB.bin",
    ],
    [
      "a password in the URL to measure by",
      "measure: { url: 'http://me:secret@server.example/' }",
      "1: measure.url: expected a URL such as http://server.example/25MB.bin",
    ],
    [
      "a balancer that does not exist",
      "balancer: { by: packet }",
      '1: balancer.by: expected one of "connection"|"host"',
    ],
    [
      "a wait of less than nothing",
      "balancer: { drainSeconds: -1 }",
      "1: balancer.drainSeconds: expected whole seconds, at most an hour",
    ],
    [
      "a rule for what is no network",
      'balancer:\n  rules:\n    - { to: example.org, use: "1-1" }\n',
      "3: balancer.rules.0.to: expected an IPv4 address, or a network such as 192.0.2.0/24",
    ],
    [
      "a rule for a host of a network",
      'balancer: { rules: [{ to: 192.0.2.1/24, use: "1-1" }] }',
      "1: balancer.rules.0.to: has bits set beyond its prefix; name the network, or the address without a prefix",
    ],
    [
      "a rule without a link",
      "balancer:\n  rules:\n    - to: 192.0.2.1\n",
      "3: balancer.rules.0.use: expected a port path such as 1-1.3, the name of an interface, or { tier: 2 }",
    ],
    [
      "a rule with a port that is none",
      'balancer: { rules: [{ ports: [80, "443-80"], use: eth0 }] }',
      '1: balancer.rules.0.ports.1: expected a port from 1 to 65535, or a range such as "8000-8100", or a list of these',
    ],
    [
      "a rule for ports of ICMP",
      "balancer: { rules: [{ protocol: icmp, ports: 80, use: eth0 }] }",
      "1: balancer.rules.0.ports: ICMP has no ports",
    ],
    [
      "a misspelt key of a rule",
      "balancer: { rules: [{ use: eth0, stict: true }] }",
      "1: balancer.rules.0.stict: unknown key",
    ],
    [
      "an interface name that is too long",
      "uplinks:\n  - interface: enp0s31f6andmore\n",
      "2: uplinks.0.interface: expected the name of a network interface, at most 15 characters",
    ],
    [
      "an uplink that could be a port",
      "uplinks:\n  - interface: 1-1.3\n",
      "2: uplinks.0.interface: looks like a USB port's path; rename the interface (systemd.link) to use it as an uplink",
    ],
    [
      "an uplink that is a modem's",
      "uplinks:\n  - interface: wan1-1\n",
      "2: uplinks.0.interface: interfaces named wan… are those of wanherd's own modems",
    ],
    [
      "an uplink that leads nowhere",
      "uplinks: [{ interface: lo }]",
      "1: uplinks.0.interface: is no interface that leads anywhere",
    ],
    [
      "an uplink twice",
      "uplinks: [{ interface: eth0 }, { interface: eth0, tier: 2 }]",
      "1: uplinks: an interface is named twice",
    ],
    [
      "the LAN's bridge as an uplink",
      "lan: { bridge: br0 }\nuplinks: [{ interface: br0 }]",
      "2: uplinks.0.interface: is the LAN's bridge (lan.bridge), which can be no uplink",
    ],
    [
      "a radio of the access point as an uplink",
      "accessPoint: { interfaces: [wlan0] }\nuplinks: [{ interface: wlan0 }]",
      "2: uplinks.0.interface: is a radio of the access point (accessPoint.interfaces), which can be no uplink",
    ],
    [
      "a port of the LAN as an uplink",
      "lan: { ports: [eth1] }\nuplinks: [{ interface: eth1 }]",
      "2: uplinks.0.interface: is a port of the LAN (lan.ports), which can be no uplink",
    ],
    [
      "a LAN without an address for the gateway",
      "lan: { address: 10.1.0.0/24, dhcp: { from: 10.1.0.10, to: 10.1.0.20 } }",
      "1: lan.address: 10.1.0.0 names the net 10.1.0.0/24 itself, not the gateway in it",
    ],
    [
      "a LAN of multicast",
      "lan: { address: 224.0.0.1/24, dhcp: { from: 224.0.0.10, to: 224.0.0.20 } }",
      "1: lan.address: 224.0.0.1 is no address of a LAN",
    ],
    [
      "a channel that is none",
      "accessPoint: { channels: [1, 34] }",
      "1: accessPoint.channels.1: no 20 MHz channel of the 2.4 GHz band (1–13) or the 5 GHz band (36–165)",
    ],
    ["a channel twice", "accessPoint: { channels: [6, 6] }", "1: accessPoint.channels: a channel is named twice"],
    [
      "a passphrase that WPA2 forbids",
      "accessPoint:\n  passphrase: short\n",
      "2: accessPoint.passphrase: expected auto or 8–63 ASCII characters",
    ],
    [
      "an SSID of too many bytes",
      `accessPoint: { ssid: ${"å".repeat(17)} }`,
      "1: accessPoint.ssid: longer than 32 bytes",
    ],
    [
      "a LAN without prefix",
      "lan: { address: 172.17.2.1 }",
      "1: lan.address: expected an IPv4 address with prefix, e.g. 172.17.2.1/24",
    ],
    [
      "leases outside the LAN",
      "lan:\n  address: 10.0.0.1/24\n",
      "1: lan.dhcp: from and to must lie in the LAN 10.0.0.1/24",
    ],
    [
      "leases that end before they begin",
      "lan: { dhcp: { from: 172.17.2.9, to: 172.17.2.8 } }",
      "1: lan.dhcp: from must not be above to",
    ],
    [
      "leases that give away the gateway",
      "lan:\n  dhcp: { from: 172.17.2.1 }\n",
      "2: lan.dhcp: the gateway's own address 172.17.2.1 must not lie between from and to",
    ],
    [
      "a hub that is none",
      "power:\n  hubs:\n    1-1: 2000\n    hub1: 2000\n",
      "4: power.hubs.hub1: not a hub's port path such as 1-1, nor a root hub such as usb1",
    ],
    ["a supply in amperes", "power: { hubs: { 1-1: 2.5 } }", "1: power.hubs.1-1: expected mA as a whole number"],
    [
      "a relative folder",
      "journal: { directory: log }",
      "1: journal.directory: expected a full path, beginning with /",
    ],
    ["the same key twice", "lan: {}\nlan: {}\n", "2: not valid YAML: duplicate key"],
    ["a tab as indent", "lan:\n\tbridge: x\n", "2: not valid YAML: tab as indent"],
  ])("%s", (_, text, refusal) => {
    expect(refusals(text)).toContain(refusal);
  });

  it("never quotes the file, which may hold secrets", () => {
    const secret = "hunter2hunter2";
    for (const text of [
      `accessPoint: { passphrase: "${secret}\n`,
      `accessPoint: { passphrase: ${secret} } }\n`,
      `modems: { defaults: { pin: ${secret}, password: [${secret}] } }`,
      `bundle: { key: { ${secret}: 1 }, engine: ${secret} }`,
      `bundle:\n  key: *${secret}\n`,
    ]) {
      expect(refusals(text).length).toBeGreaterThan(0);
      expect(refusals(text).join("\n")).not.toContain(secret);
    }
  });

  it("survives any text: a config or problems with lines, never an exception", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: "grapheme" }), (text) => {
        const loaded = parseConfig(text, "x.yaml");
        if ("problems" in loaded) expect(loaded.problems.every((problem) => problem.line >= 0)).toBe(true);
        else expect(loaded.config.journal.maxMegabytes).toBe(50);
      }),
      { numRuns: 200 },
    );
  });

  it("does not expand a bomb of aliases", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefgh".split("").map((name, i) => {
        const before = "abcdefgh"[i];
        return `${name}: &${name} [${Array(9).fill(`*${before}`).join(",")}]`;
      }),
    ].join("\n");
    expect(refusals(bomb)).toEqual(["0: not valid YAML: aliases that are unknown or too many"]);
  });
});

describe("the config's file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wanherd-config-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("may be absent", async () => {
    const loaded = await loadConfig(join(folder, "none.yaml"));
    expect("config" in loaded && loaded.config.lan.bridge).toBe("lan-br");
  });

  it("is named in its problems", async () => {
    const file = join(folder, "bad.yaml");
    await writeFile(file, "balancer:\n  by: luck\n");
    expect(await loadConfig(file)).toEqual({
      problems: [{ file, line: 2, reason: 'balancer.by: expected one of "connection"|"host"' }],
    });
  });

  it("is not read when it is a folder or much too long", async () => {
    const long = join(folder, "long.yaml");
    await writeFile(long, `# ${"x".repeat(70_000)}\n`);
    const reasons = await Promise.all(
      [folder, long].map(async (file) => {
        const loaded = await loadConfig(file);
        return "problems" in loaded ? loaded.problems[0]?.reason : "accepted";
      }),
    );
    expect(reasons).toEqual(["cannot be read: EISDIR", "cannot be read: longer than 65536 bytes"]);
  });
});
