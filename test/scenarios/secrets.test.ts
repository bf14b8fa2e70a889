import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { simulatedRadios } from "../bus/station.ts";
import { takeBridge } from "./hotspot.ts";
import { Row } from "./row.ts";

/** One of each kind, long, so that it is found nowhere by chance. */
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
/** Everything that the agent writes for others to read; its own secrets' files are 0600 and are looked at apart. */
const JOURNAL = "cat /var/lib/wanherd/events-*.ndjson";
/** Of all processes, what anybody may read (proc(5)): arguments. Kernel threads have none. */
const ARGUMENTS = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '";
/** Files that have one of these words in them and that others than root may read. */
const READABLE = `grep -rlsF -e "$0" /run /tmp /var/lib/wanherd /etc/ppp /etc/wanherd | xargs -r -d '\\n' stat -c '%a %n'`;

let box: Box;
let row: Row<keyof typeof STICKS>;
let log: string;
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
  await box.start();
  await row.plug();
  await row.online("the PIN is right");
  await row.online("CHAP is right");
  await row.shows("the PIN is wrong", "PIN needed", "SimPinNeeded");
  await row.failed("PAP is wrong", "AuthenticationRefused");
  await box.until("the radio serves", ({ accessPoint }) => accessPoint?.radios[0]?.state === "serving");
  // Until its last batch is on the disk, which takes some seconds.
  await box.guest.exec(["sleep", "7"]);
  await box.guest.exec(["rm", "-f", REPORT]);
  await box.guest.exec(["node", "/wanherd/dist/wanherd.js", "report", "--output", REPORT], { timeoutMs: 60_000 });
  log = await box.agent.output();
});

afterAll(async () => {
  await box.guest.exec(["rm", "-f", REPORT]);
  await simulatedRadios(box.guest, 0);
  await box.bus.unplugAll();
  await box.stop();
  await giveBridge();
  await box.unconfigure();
});

const shell = async (script: string): Promise<string> =>
  (await box.guest.exec(["sh", "-c", script], { mayFail: true })).stdout;
const curl = (path: string): string => `curl -s --unix-socket ${SOCKET} http://localhost${path}`;

describe("a secret of each kind, after SIMs were unlocked, and refused, and calls that were good, and refused", () => {
  test.each([
    ["the status", async () => JSON.stringify(await box.status()), "the PIN"],
    ["the history of the control socket", () => shell(curl("/v1/events?since=0")), "AT+CPIN="],
    ["the metrics", () => shell(curl("/metrics")), "wanherd_info"],
    ["the journal on disk", () => shell(JOURNAL), "AT+CPIN="],
    ["the report", () => shell(`cat ${REPORT}`), "AT+CPIN="],
    ["the agent's log", async () => log, "wanherd"],
    ["any process's arguments", () => shell(ARGUMENTS), "pppd"],
    ["the decisions that are kept", () => shell("cat /var/lib/wanherd/decisions.json"), "{"],
  ] as const)("is not in %s", async (_, read, known) => {
    const text = await read();
    // Or it would be found nowhere because nothing was read.
    expect(text).toContain(known);
    expect(Object.entries(SECRETS).filter(([, secret]) => text.includes(secret))).toEqual([]);
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

  test.each(Object.entries(SECRETS))("the %s is in no file that others than root may read", async (_, secret) => {
    const { stdout } = await box.guest.exec(["sh", "-c", READABLE, secret], { mayFail: true });
    // Which all of them stand in: the search does find what is there.
    expect(stdout).toContain("600 /etc/wanherd/wanherd.yaml\n");
    expect(stdout.split("\n").filter((line) => line !== "" && !/^[0-7]?[0-7]00 /.test(line))).toEqual([]);
  });
});

test("a user outside the group gets nothing of the control socket", async () => {
  const asNobody = `setpriv --reuid=65534 --regid=65534 --clear-groups ${curl("/v1/status")} -o /dev/null -w '%{http_code} %{exitcode}'`;
  expect(await shell(asNobody)).toMatch(/^000 /);
  expect(await shell(`stat -c '%a %U' ${SOCKET}`)).toBe("660 root\n");
});
