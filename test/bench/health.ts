import type { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { quantile, secondsText, table } from "./statistics.ts";

const [LINK, OTHER] = [1, 2];
const SHAPE = { rateKbytes: 100, delayMs: 30 };
const LOSS_MINUTES = 10;
const BOUND_MS = 60_000;

/** E. A carrier falls silent under a download: until its link is out of the pool; and back, once it carries data again. */
export async function silentDeaths(box: Box, runs: number): Promise<string> {
  const ports = await begin(box);
  const fromByte: number[] = [];
  const back: number[] = [];
  for (let run = 0; run < runs; run++) {
    await box.untilPool(ports);
    const open = box.bus.download({ connections: 6, bytes: 800_000, patienceMs: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const received = await followReceived(box, ports[0]);
    const diesMs = await nowMs(box);
    await box.bus.blackhole(LINK, "packets");
    const outMs = await poolChange(box, diesMs);
    await received.stop();
    fromByte.push(outMs - lastByteMs(await received.output()));
    await open;
    await untilHealth(box, ports[0], "probation");
    const healsMs = await nowMs(box);
    await box.bus.blackhole(LINK, "off");
    back.push((await poolChange(box, healsMs)) - healsMs);
    console.error(
      `run ${run + 1}: out after ${fromByte.at(-1)?.toFixed(0)} ms, back after ${back.at(-1)?.toFixed(0)} ms`,
    );
  }
  await end(box);
  const row = (what: string, values: readonly number[]): string[] => [
    what,
    secondsText(values),
    `${(quantile(values, 0.9) / 1_000).toFixed(2)} s`,
  ];
  const rows = [
    ["a carrier that falls silent under a download", "median (min–max)", "9 of 10 within"],
    row("out of the pool, since the last byte", fromByte),
    row("back in it, since the carrier healed", back),
  ];
  return `### E. Silent deaths, ${runs} runs\n\n${table(rows)}\n`;
}

/** E-LOSS. Ten minutes of 5 % loss either way, with somebody who fetches something now and then: changes of the pool. */
export async function lossWithoutFlapping(box: Box): Promise<string> {
  const ports = await begin(box);
  await box.untilPool(ports);
  await box.bus.shape(LINK, { ...SHAPE, lossPercent: 5 });
  const sinceMs = await nowMs(box);
  let [complete, asked] = [0, 0];
  while ((await nowMs(box)) - sinceMs < LOSS_MINUTES * 60_000) {
    const { downloads } = await box.bus.download({ connections: 2, bytes: 20_000, patienceMs: 20_000 });
    asked += downloads.length;
    complete += downloads.filter((download) => download.complete).length;
    await new Promise((resolve) => setTimeout(resolve, 7_000));
  }
  const { events } = await box.bus.events(sinceMs);
  const changes = events.filter(({ source }) => source === "nft").length;
  await end(box);
  const rows = [
    [`${LOSS_MINUTES} minutes of 5 % loss either way`, ""],
    ["changes of the pool", `${changes}`],
    ["downloads of 20 kB that were complete", `${complete} of ${asked}`],
  ];
  return `### E. Loss\n\n${table(rows)}\n`;
}

async function begin(box: Box): Promise<[string, string]> {
  const ports: [string, string] = [box.bus.port(LINK), box.bus.port(OTHER)];
  await Promise.all([LINK, OTHER].map((carrier) => box.bus.shape(carrier, SHAPE)));
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  return ports;
}

async function end(box: Box): Promise<void> {
  await Promise.all([LINK, OTHER].map((carrier) => box.bus.shape(carrier, {})));
  await box.bus.unplugAll();
  await box.stop();
}

async function nowMs(box: Box): Promise<number> {
  return Number(await box.guest.now()) / 1e6;
}

function untilHealth(box: Box, port: string, health: string): Promise<unknown> {
  const isSo = (link: { port: unknown; health: string }): boolean => link.port === port && link.health === health;
  return box.until(`the link of ${port} is on ${health}`, ({ uplinks }) => uplinks.some(isSo));
}

/** When the rule set first changed after `sinceMs`, by the kernel's own word. */
async function poolChange(box: Box, sinceMs: number): Promise<number> {
  const endMs = Date.now() + BOUND_MS;
  while (Date.now() < endMs) {
    const { events } = await box.bus.events(sinceMs);
    const change = events.find(({ source }) => source === "nft");
    if (change !== undefined) return change.atMs;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`the rule set did not change within ${BOUND_MS} ms`);
}

/** One line per look at what came in through the doomed link: the kernel's time in seconds, and bytes. */
function followReceived(box: Box, port: string) {
  const counter = `/sys/class/net/wan${port}/statistics/rx_bytes`;
  const loop = `while read up rest </proc/uptime && read rx <${counter}; do echo $up $rx; sleep 0.2; done`;
  return box.guest.start(["sh", "-c", loop]);
}

/** When the last byte came in, as followReceived saw it; lines of other kinds come when the interface goes. */
function lastByteMs(output: string): number {
  const looks = [...output.matchAll(/^(\d+\.\d+) (\d+)$/gm)];
  const last = looks.findLast(([, , bytes], index) => bytes !== looks[index - 1]?.[2]);
  return Number(last?.[1]) * 1_000;
}
