import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../src/measure/types.ts";
import { Box } from "../bus/box.ts";
import { SERVER_ADDRESS } from "../bus/carriers/addresses.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";
import { Vt100 } from "../unit/cli/watch/vt100.ts";
import { Row } from "./row.ts";

const PROGRAM = "node /wanherd/dist/wanherd.js";
const KEYS = "/tmp/watch-keys";
/** What is typed into the pipe goes to a terminal as a serial console is: VT100, 80 by 24, no locale. */
const CONSOLE = [
  `rm -f ${KEYS} && mkfifo ${KEYS} && exec 3<>${KEYS}`,
  `TERM=vt100 LANG=C exec script -qefc 'stty rows 24 cols 80 && exec ${PROGRAM} watch' /dev/null <&3`,
].join(" && ");

const STICKS = { swift: plainModem({}), slow: plainModem({}) };

let box: Box;
let row: Row<keyof typeof STICKS>;
let serial: GuestProcess;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2]);
  await box.unconfigure();
  await box.start();
  row = new Row(box, STICKS);
  serial = await box.guest.start(["sh", "-c", CONSOLE], { name: "console" });
});

afterAll(async () => {
  await serial.stop();
  await box.bus.unplugAll();
  await box.stop();
});

/** Waits until the console shows this; a port is written as its stick's name in braces. */
async function seen(what: string): Promise<void> {
  const wanted = new RegExp(
    what.replace(/\{(swift|slow)\}/g, (_, name: "swift" | "slow") => row.port(name)),
    "m",
  );
  let text = "";
  for (let waited = 0; waited < 60_000; waited += 300) {
    const screen = new Vt100(24, 80);
    screen.write(await serial.output());
    text = screen.text;
    if (wanted.test(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`not seen: ${wanted}; the console shows:\n${text}`);
}

const type = (keys: string): Promise<unknown> => box.guest.exec(["sh", "-c", `printf '${keys}' >${KEYS}`]);

test("a serial console shows a stick from its plug to its link, and that it was pulled", async () => {
  await seen("No USB device is plugged in");
  await row.plug();
  await row.online("swift");
  await row.online("slow");
  // Selected is the one that came first, which may be either.
  await type("k");
  await seen("^> {swift} +online .*\\n {2}{slow} +online ");
  await box.bus.unplug(row.port("slow"));
  await seen("1 of 1 uplink good[\\s\\S]*^> {swift} +online (?![\\s\\S]*^ {2}{slow} )");
});

test("disable asks first, and a yes takes the link away", async () => {
  await type("d");
  await seen("^Disable {swift}\\? It ends its link");
  await type("y");
  await seen("^> {swift} +disabled");
  await type("e");
  await row.online("swift");
  await seen("^> {swift} +online");
});

test("m moves the link into a bundle, and back to where the config has it", async () => {
  await box.configure(`bundle: { concentrator: ${SERVER_ADDRESS}, key: ${"k".repeat(43)} }\n`);
  await seen("^Bundle \\(mptcp\\) to ");
  await type("m");
  await seen("^Move the link of {swift}, which is in the balancer\\? b into");
  await type("b");
  await seen("^Bundle \\(mptcp\\) to .* over wan");
  await type("m");
  await seen("which is in the bundle\\? l into");
  await type("c");
  await seen("^{swift}: where the config has it");
  await box.unconfigure();
  await seen("^> {swift} +online(?![\\s\\S]*^Bundle)");
});

test("it says that the agent is gone, goes on when it is back, and quits", async () => {
  await box.stop();
  await seen("^The agent is gone since");
  await box.start();
  await row.online("swift");
  await seen("^wanherd .*\\n.*\\n> {swift} +online");
  await type("q");
  expect(await serial.waitExit()).toMatchObject({ exitCode: 0 });
});

test("measure tells a slow link from a swift one, each byte over the link that it is to measure", async () => {
  await box.bus.plug(row.port("slow"), STICKS.slow);
  await row.online("slow");
  await box.bus.shape(row.carrier("swift"), { rateKbytes: 150, delayMs: 40 });
  await box.bus.shape(row.carrier("slow"), { rateKbytes: 50, delayMs: 40 });
  const url = `http://${SERVER_ADDRESS}/bytes/5000000`;
  const bounds = "-n 1 --megabytes 2 --seconds 12 --connections 4".split(" ");
  const words = ["measure", url, "--yes", "--json", ...bounds];
  const { stdout } = await box.guest.exec([...PROGRAM.split(" "), ...words], { timeoutMs: 180_000 });
  const { summaries, runs } = JSON.parse(stdout) as Report;
  // A run of whose bytes the links' own counters have less than nine tenths is a failure.
  expect(runs.flatMap(({ failure }) => failure ?? [])).toEqual([]);
  expect(runs.map(({ path }) => path).at(-1)).toBe("together");
  const median = (path: string, connections: number): number =>
    summaries.find((each) => each.path === path && each.connections === connections)?.median ?? Number.NaN;
  for (const connections of [1, 4]) {
    const ratio = median(row.port("swift"), connections) / median(row.port("slow"), connections);
    expect(ratio).toBeGreaterThan(1.5);
    expect(ratio).toBeLessThan(4);
  }
  await box.bus.shape(row.carrier("swift"), {});
  await box.bus.shape(row.carrier("slow"), {});
  await row.pull();
});
