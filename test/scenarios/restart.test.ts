import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import type { ClientResult } from "../bus/carriers/client-job.ts";
import type { RecordedEvent } from "../bus/devices/event-recorder.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const CARRIERS = [1, 2, 3] as const;
/** Two downloads on each link, of half a minute: longer than an end and a start of the agent take. */
const DOWNLOADS = { connections: 6, bytes: 750_000, patienceMs: 30_000 };

let box: Box;
let ports: [string, string, string];
let before: string;
const measured: string[] = [];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), CARRIERS);
  ports = [box.bus.port(1), box.bus.port(2), box.bus.port(3)];
  await box.unconfigure();
  await Promise.all(CARRIERS.map((carrier) => box.bus.shape(carrier, { rateKbytes: 50, delayMs: 30 })));
  before = await box.network();
  await box.start();
  await box.bus.plug(ports[0], zteMf102());
  await box.bus.plug(ports[1], plainModem());
  await box.bus.plug(ports[2], plainModem({ variant: "singlePort" }));
  await box.untilPool(ports, 200_000);
});

afterAll(async () => {
  console.info(measured.join("\n"));
  await Promise.all(CARRIERS.map((carrier) => box.bus.shape(carrier, {})));
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
});

/** Process ids of our pppds, by port. */
async function pppds(): Promise<Record<string, number>> {
  const ours = (await box.guest.processes()).flatMap(({ pid, argv }) => {
    const port = ports.find((each) => argv.includes(`wanherd-${each}`));
    return port !== undefined && argv[0]?.endsWith("pppd") ? [[port, pid] as const] : [];
  });
  return Object.fromEntries(ours.sort());
}

async function dials(sinceMs: number): Promise<number> {
  const logs = await Promise.all(ports.map((port) => box.bus.log(port, sinceMs)));
  return logs.flat().filter(({ kind, text }) => kind === "to modem" && /^AT(D|Z)/i.test(text)).length;
}

async function nowMs(): Promise<number> {
  return Number(await box.guest.now()) / 1e6;
}

/** How often a sender on the internet gave up waiting for an acknowledgement (kernel: LINUX_MIB_TCPTIMEOUTS). */
async function timeouts(): Promise<number> {
  const { stdout } = await box.guest.exec(["ip", "netns", "exec", "internet", "nstat", "-asz", "TcpExtTCPTimeouts"]);
  return Number(/TcpExtTCPTimeouts\s+(\d+)/.exec(stdout)?.[1]);
}

const longestGap = ({ downloads }: ClientResult): number => Math.max(...downloads.map((each) => each.longestGapMs));

/** Transactions of the rule set after which our table was not there. */
function timesWithout(events: readonly RecordedEvent[]): number {
  const transactions = events
    .filter(({ source }) => source === "nft")
    .map(({ text }) => text)
    .join("\n")
    .split(/^# new generation.*$/m);
  return transactions.filter(
    (text) => text.lastIndexOf("delete table inet wanherd") > text.lastIndexOf("add table inet wanherd"),
  ).length;
}

/** Ends the agent as `end` says and starts another, under downloads and pings; what may not change has not. */
async function surviveRestart(end: (agent: typeof box.agent) => Promise<unknown>): Promise<void> {
  const { agent } = box;
  const running = await pppds();
  const [sinceMs, timeoutsBefore] = [await nowMs(), await timeouts()];
  const open = box.bus.download(DOWNLOADS);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await end(agent);
  const { uplinks } = await box.start().then(() => box.untilPool(ports));
  expect(uplinks).toHaveLength(3);
  expect(await pppds()).toEqual(running);
  const result = await open;
  measured.push(`longest gap ${longestGap(result).toFixed(0)} ms, timeouts ${(await timeouts()) - timeoutsBefore}`);
  expect(result.downloads.map(({ complete }) => complete)).toEqual(Array(DOWNLOADS.connections).fill(true));
  expect(new Set(result.downloads.map(({ via }) => via)).size).toBe(3);
  expect(await dials(sinceMs), "dial and reset commands").toBe(0);
  expect(await pppds()).toEqual(running);
  const { events } = await box.bus.events(sinceMs);
  expect(timesWithout(events), "times without our table").toBe(0);
}

test("killed by SIGKILL and started again under downloads: not a byte is lost, and nothing is dialled", async () => {
  await surviveRestart((agent) => agent.stop("SIGKILL"));
});

test("without a restart, to compare with", async () => {
  const timeoutsBefore = await timeouts();
  const result = await box.bus.download(DOWNLOADS);
  measured.push(
    `longest gap ${longestGap(result).toFixed(0)} ms, timeouts ${(await timeouts()) - timeoutsBefore} (no restart)`,
  );
  expect(result.downloads.filter(({ complete }) => !complete)).toEqual([]);
});

test("told by SIGUSR2 to leave its links, the same, and it ends by itself", async () => {
  await surviveRestart(async (agent) => {
    await agent.signal("SIGUSR2");
    expect(await agent.waitExit(30_000)).toMatchObject({ exitCode: 0 });
  });
});

test("after that the agent still sees each link's end", async () => {
  await box.bus.hangUp(1);
  await box.until("the first link was dialled anew", ({ ports: seen }) =>
    seen.some(({ port, history }) => port === ports[0] && history.some(({ state }) => state === "redialling")),
  );
  await box.untilPool(ports);
  await box.bus.unplug(ports[1]);
  await box.untilPool([ports[0], ports[2]]);
  await box.bus.hangUp(3);
  await box.until("the link on a single port was dialled anew", ({ ports: seen }) =>
    seen.some(({ port, history }) => port === ports[2] && history.some(({ state }) => state === "redialling")),
  );
  await box.untilPool([ports[0], ports[2]]);
});

test("what happened while no agent ran is found: a stick pulled out, a port switched off", async () => {
  await box.bus.plug(ports[1], plainModem());
  await box.untilPool(ports);
  await box.agent.stop("SIGKILL");
  await box.bus.unplug(ports[1]);
  await box.configure(`modems:\n  "${ports[2]}": { enabled: false }\n`);
  const running = await pppds();
  await box.start();
  await box.untilPool([ports[0]]);
  expect(await pppds()).toEqual({ [ports[0]]: running[ports[0]] });
  await box.unconfigure();
});

test("SIGTERM after all that leaves the network as the first agent found it", async () => {
  await box.stop();
  expect(await box.network()).toBe(before);
  expect(await pppds()).toEqual({});
  const { stdout: records } = await box.guest.exec(["sh", "-c", "ls /run/wanherd/link-* 2>/dev/null || true"]);
  expect(records).toBe("");
});
