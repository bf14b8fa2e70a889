import type { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { median, quantile, table } from "./statistics.ts";

/** The thesis's links, in kB/s. */
const RATES = [120, 120, 310] as const;
/** One way; the round trip of a 3G link. */
const DELAY = { delayMs: 60, jitterMs: 15 };
const CLIENTS = 32;
/** Small enough that each client is given a link several times in a run: a share that is wrong must show. */
const BODY_BYTES = 200_000;
const ALONE_MS = 20_000;
const RUN_MS = 40_000;

interface Run {
  /** Received by the client, in kB/s. */
  readonly rate: number;
  /** Each link's part of the bytes and of the connections, in the order of RATES. */
  readonly bytes: readonly number[];
  readonly connections: readonly number[];
}

/**
 * D. Three unequal links under 32 clients of the LAN that download one body after the other, against the sum of the links
 * measured alone by the same clients. All clients are busy from the beginning to the end, so that no link idles in a tail.
 */
export async function unequalLinks(box: Box, runs: number): Promise<string> {
  const ports = RATES.map((_, index) => box.bus.port(index + 1));
  await Promise.all(RATES.map((rateKbytes, index) => box.bus.shape(index + 1, { rateKbytes, ...DELAY })));
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  await box.untilPool(ports);
  const set = async (changes: readonly object[], settled: (weights: readonly number[]) => boolean): Promise<void> => {
    await Promise.all(ports.map((port, index) => box.bus.post(`uplinks/${port}`, changes[index])));
    await box.until("the pool is as set", ({ uplinks }) =>
      settled(ports.map((port) => uplinks.find((link) => link.port === port)?.weight ?? 0)),
    );
  };
  const series = async (changes: readonly object[], wanted: (weights: readonly number[]) => boolean, count: number) => {
    await set(changes, wanted);
    const results: Run[] = [];
    for (let run = 0; run < count; run++) results.push(await load(box, RUN_MS));
    return results;
  };

  const alone: number[] = [];
  for (const [index, port] of ports.entries()) {
    const tiers = ports.map((each) => ({ tier: each === port ? 1 : 2, weight: 1 }));
    await set(tiers, (weights) => weights.every((weight, each) => weight > 0 === (each === index)));
    alone.push((await load(box, ALONE_MS)).rate);
  }
  const sum = alone.reduce((total, rate) => total + rate, 0);
  const fixed = [12, 12, 31].map((weight) => ({ tier: 1, weight }));
  const byFixed = await series(fixed, (weights) => weights.join() === "12,12,31", runs);
  // What each link carries was learned in the runs before.
  const byAuto = await series(
    ports.map(() => ({ weight: "auto" })),
    (weights) => Math.min(...weights) >= 2,
    runs,
  );
  const { uplinks } = await box.status();
  const learned = ports.map((port) => uplinks.find((link) => link.port === port)?.weight ?? 0);
  const byEqual = await series(
    ports.map(() => ({ weight: 1 })),
    (weights) => weights.join() === "1,1,1",
    1,
  );
  await box.bus.unplugAll();
  await box.stop();
  await Promise.all(RATES.map((_, index) => box.bus.shape(index + 1, {})));

  const shares = alone.map((rate) => rate / sum);
  const kilobytes = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(" + ");
  const rows = [
    ["weights", "kB/s: median (least)", "of the sum: median (least)", "share error, bytes", "share error, connections"],
    ["each link alone", kilobytes(alone), `${sum.toFixed(0)} kB/s = 100 %`, "", ""],
    resultRow("12:12:31 in the config", byFixed, sum, shares, [12, 12, 31]),
    resultRow(`auto, learned: ${learned.join(":")}`, byAuto, sum, shares, learned),
    resultRow("1:1:1, for comparison", byEqual, sum, shares, [1, 1, 1]),
  ];
  const title = `### D. Three links of 120/120/310 kB/s, ${CLIENTS} clients, ${runs} runs of ${RUN_MS / 1_000} s`;
  return `${title}\n\n${table(rows)}\n`;
}

async function load(box: Box, forMs: number): Promise<Run> {
  const job = { connections: CLIENTS, bytes: BODY_BYTES, forMs, patienceMs: 30_000 };
  const { downloads, tookMs } = await box.bus.download(job);
  const ofLink = (index: number) => downloads.filter(({ via }) => via === `10.64.${index + 1}.2`);
  const received = RATES.map((_, index) => ofLink(index).reduce((total, { bytes }) => total + bytes, 0));
  const total = received.reduce((all, bytes) => all + bytes, 0);
  const answered = downloads.filter(({ via }) => via !== "").length;
  return {
    rate: total / tookMs,
    bytes: received.map((bytes) => bytes / total),
    connections: RATES.map((_, index) => ofLink(index).length / answered),
  };
}

/** Bytes are compared with what the links carry alone, connections with the weights. The error is that of the worst link. */
function resultRow(
  name: string,
  runs: readonly Run[],
  sum: number,
  shares: readonly number[],
  weights: readonly number[],
) {
  const rates = runs.map(({ rate }) => rate);
  const parts = rates.map((rate) => (100 * rate) / sum);
  const total = weights.reduce((all, weight) => all + weight, 0);
  const worst = (key: "bytes" | "connections", wanted: readonly number[]): string => {
    const errors = runs.map((run) => Math.max(...run[key].map((part, index) => Math.abs(part - (wanted[index] ?? 0)))));
    return `${(100 * median(errors)).toFixed(1)} (${(100 * Math.max(...errors)).toFixed(1)}) points`;
  };
  return [
    name,
    `${median(rates).toFixed(0)} (${quantile(rates, 0).toFixed(0)})`,
    `${median(parts).toFixed(1)} % (${quantile(parts, 0).toFixed(1)} %)`,
    worst("bytes", shares),
    worst(
      "connections",
      weights.map((weight) => weight / total),
    ),
  ];
}
