import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";
import { simulatedRadios } from "../bus/station.ts";
import { takeBridge } from "./hotspot.ts";
import { Row } from "./row.ts";

/** One of each kind, long, so that it is found nowhere by chance. The page's token is one more, made when it is served. */
const SECRETS = {
  PIN: "73519264",
  "wrong PIN": "46291537",
  passphrase: "vervet-quorum-lantern",
  "PPP password": "orchid4711tundra",
  "wrong PPP password": "basalt9083kelp",
  key: "gneiss-of-the-bundle-5521",
} as const;
const SOCKET = "/run/wanherd/agent.sock";
const REPORT = "/tmp/report.txt";
/** For curl, as the token is not to be in its arguments either. */
const TOKEN_HEADER = "/tmp/token-header";
const WANHERD = ["node", "/wanherd/dist/wanherd.js"];
const FOLLOW = "/v1/events?follow=true&since=0";
/** Everything that the agent writes for others to read; its own secrets' files are 0600 and are looked at apart. */
const JOURNAL = "cat /var/lib/wanherd/events-*.ndjson";
/** Of all processes, what anybody may read (proc(5)): arguments. Kernel threads have none. */
const ARGUMENTS = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '";
/** Files that have one of these words in them and that others than root may read. */
const READABLE = `grep -rlsF -e "$0" /run /tmp /var/lib/wanherd /etc/ppp /etc/wanherd | xargs -r -d '\\n' stat -c '%a %n'`;

let box: Box;
let row: Row<keyof typeof STICKS>;
let log: string;
let syslog: GuestProcess;
let inspect: GuestProcess;
/** The address that the page's server printed, without the token. */
let page: string;
let token: string;
/** Readers of all that is told while it happens, by themselves and through the page's server. */
let followers: Record<"socket" | "page", GuestProcess>;
let giveBridge: () => Promise<void>;
const account = { user: "bus-17", password: SECRETS["PPP password"] } as const;
const STICKS = {
  "the PIN is right": plainModem({ modem: { sim: { pin: SECRETS.PIN, attempts: 3 } } }),
  "the PIN is wrong": plainModem({ modem: { sim: { pin: SECRETS.PIN, attempts: 3 } } }),
  "CHAP is right": plainModem({ modem: { authentication: { protocol: "chap", ...account } } }),
  "PAP is wrong": plainModem({ modem: { authentication: { protocol: "pap", ...account } } }),
};

beforeAll(async () => {
  const guest = await connectGuest();
  box = await Box.install(guest, [1, 2, 3, 4]);
  row = new Row(box, STICKS);
  giveBridge = await takeBridge(guest);
  const [radio] = await simulatedRadios(guest, 1);
  const modem = (name: keyof typeof STICKS, settings: string): string => `  "${row.port(name)}": { ${settings} }\n`;
  await box.configure(
    `accessPoint: { ssid: MobileAP, passphrase: "${SECRETS.passphrase}", interfaces: [${radio}] }
lan: { ports: [lan-client] }
bundle: { key: "${SECRETS.key}" }
modems:
${modem("the PIN is right", `pin: "${SECRETS.PIN}"`)}${modem("the PIN is wrong", `pin: "${SECRETS["wrong PIN"]}"`)}${modem(
  "CHAP is right",
  `username: "${account.user}", password: "${account.password}"`,
)}${modem("PAP is wrong", `username: "${account.user}", password: "${SECRETS["wrong PPP password"]}"`)}`,
  );
  await guest.exec(["chmod", "600", "/etc/wanherd/wanherd.yaml"]);
  syslog = await guest.start(["busybox", "syslogd", "-n", "-O", "-"]);
  await box.start();
  inspect = await guest.start([...WANHERD, "inspect", "--token", "--listen", "0"]);
  [, page = "", token = ""] = await inspect.waitFor(/^(http:\S+\/)#(\S+)$/m, 60_000);
  await guest.writeFile(TOKEN_HEADER, `authorization: Bearer ${token}\n`, 0o600);
  followers = {
    socket: await guest.start(["curl", "-sN", "--unix-socket", SOCKET, `http://localhost${FOLLOW}`]),
    page: await guest.start(["curl", "-sN", "-H", `@${TOKEN_HEADER}`, `${page.slice(0, -1)}${FOLLOW}`]),
  };
  await row.plug();
  await row.online("the PIN is right");
  await row.online("CHAP is right");
  await row.shows("the PIN is wrong", "PIN needed", "SimPinNeeded");
  await row.failed("PAP is wrong", "AuthenticationRefused");
  await box.until("the radio serves", ({ accessPoint }) => accessPoint?.radios[0]?.state === "serving");
  // Until its last batch is on the disk, which takes some seconds.
  await box.guest.exec(["sleep", "7"]);
  await box.guest.exec(["rm", "-f", REPORT]);
  await box.guest.exec([...WANHERD, "report", "--output", REPORT], { timeoutMs: 60_000 });
  log = await box.agent.output();
});

afterAll(async () => {
  for (const process of [followers?.socket, followers?.page, inspect, syslog]) await process?.stop();
  await box.guest.exec(["rm", "-f", REPORT, TOKEN_HEADER, "/dev/log"]);
  await simulatedRadios(box.guest, 0);
  await box.bus.unplugAll();
  await box.stop();
  await giveBridge();
  await box.unconfigure();
});

const shell = async (script: string): Promise<string> =>
  (await box.guest.exec(["sh", "-c", script], { mayFail: true })).stdout;
const curl = (path: string): string => `curl -s --unix-socket ${SOCKET} http://localhost${path}`;
/** The answer of the page's server, with its head. */
const ofPage = (path: string, options = `-H @${TOKEN_HEADER}`): Promise<string> =>
  shell(`curl -si ${options} '${page}${path}'`);
const all = (): [string, string][] => [...Object.entries(SECRETS), ["token", token]];

describe("a secret of each kind, after SIMs were unlocked, and refused, and calls that were good, and refused", () => {
  test.each([
    ["the status", async () => JSON.stringify(await box.status()), "the PIN"],
    ["the history of the control socket", () => shell(curl("/v1/events?since=0")), "AT+CPIN="],
    ["the metrics", () => shell(curl("/metrics")), "wanherd_info"],
    ["the journal on disk", () => shell(JOURNAL), "AT+CPIN="],
    ["the report", () => shell(`cat ${REPORT}`), "AT+CPIN="],
    ["what is told while it happens", () => followers.socket.output(), "AT+CPIN="],
    ["the page", () => ofPage(""), '<script type="module">'],
    ["the page as a phone gets it", () => ofPage("", "--compressed"), '<script type="module">'],
    ["the status that the page asks for", () => ofPage("v1/status"), '"ports"'],
    ["the history that the page asks for", () => ofPage("v1/events?since=0"), "AT+CPIN="],
    ["the statecharts that the page asks for", () => ofPage("v1/machines"), "registering"],
    ["what the page is told while it happens", () => followers.page.output(), "AT+CPIN="],
    ["what is said to who has no token", () => ofPage("v1/status", ""), "TokenNeeded"],
    ["the agent's log", async () => log, "AuthenticationRefused"],
    ["the system's log", () => syslog.output(), "pppd"],
    ["the kernel's log", () => shell("dmesg"), "usb"],
    ["any process's arguments", () => shell(ARGUMENTS), "pppd"],
    ["the arguments of who serves the page", () => shell(ARGUMENTS), "inspect --token"],
    ["the decisions that are kept", () => shell("cat /var/lib/wanherd/decisions.json"), "{"],
  ] as const)("is not in %s", async (_, read, known) => {
    const text = await read();
    // Or it would be found nowhere because nothing was read.
    expect(text).toContain(known);
    expect(all().filter(([, secret]) => text.includes(secret))).toEqual([]);
  });

  test("the token is told once, in the address, to who has the page served", async () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(await inspect.output()).toBe(`${page}#${token}\n`);
    expect(await ofPage("v1/status")).toMatch(/^HTTP\/1.1 200 /);
  });

  test("the report has its parts, is root's only, and has the config with marks in place of secrets", async () => {
    expect(await shell(`stat -c '%a %U' ${REPORT}`)).toBe("600 root\n");
    const text = await shell(`cat ${REPORT}`);
    const titles = [...text.matchAll(/^===== ([a-z]+)/gm)].map(([, title]) => title);
    expect(titles).toEqual(["versions", "config", "rules", "doctor", "status", "kernel", "journal"]);
    expect(text).toContain("passphrase: •••");
    expect(text).toContain(`usb ${row.port("CHAP is right")}: New USB device found`);
    expect(text).not.toContain("not told:");
  });

  test.each([...Object.keys(SECRETS), "token"])("the %s is in no file that others than root may read", async (kind) => {
    const [, secret = ""] = all().find(([name]) => name === kind) ?? [];
    const { stdout } = await box.guest.exec(["sh", "-c", READABLE, secret], { mayFail: true });
    // Which it does stand in: the search does find what is there.
    expect(stdout).toContain(`600 ${kind === "token" ? TOKEN_HEADER : "/etc/wanherd/wanherd.yaml"}\n`);
    expect(stdout.split("\n").filter((line) => line !== "" && !/^[0-7]?[0-7]00 /.test(line))).toEqual([]);
  });
});

test("a user outside the group gets nothing of the control socket", async () => {
  const asNobody = `setpriv --reuid=65534 --regid=65534 --clear-groups ${curl("/v1/status")} -o /dev/null -w '%{http_code} %{exitcode}'`;
  expect(await shell(asNobody)).toMatch(/^000 /);
  expect(await shell(`stat -c '%a %U' ${SOCKET}`)).toBe("660 root\n");
});
