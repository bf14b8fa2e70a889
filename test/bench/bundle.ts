import { setTimeout as pause } from "node:timers/promises";
import type { Box } from "../bus/box.ts";
import { Concentrator } from "../bus/concentrator.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { median, table } from "./statistics.ts";

/** The thesis's links in kB/s: C, C and T. */
const RATES = [120, 120, 310] as const;
/** One way; the round trip of a 3G link. */
const DELAY = { delayMs: 60, jitterMs: 15 };
const SETS: readonly (readonly [name: string, links: readonly number[], thesis: string])[] = [
  ["1C", [0], "98 of 120"],
  ["1T", [2], "none"],
  ["2C", [0, 1], "208 of 240"],
  ["1C+1T", [0, 2], "217 of 430"],
  ["all three", [0, 1, 2], "265 of 550"],
];
/** A bound against hangs. */
const DRAIN_MS = 90_000;
/** Longer than a member is measured before it is dialled. */
const STEADY_MS = 6_000;
/** A member that was set aside in the row before comes back, after minutes when that was not the first time. */
const MEMBERS_MS = 600_000;
/** More than heartbeats that wait for their acknowledgement. */
const FEW_BYTES = 3_000;
/** What is done to the first link, and which of the links are the best without it. */
const DEGRADED: readonly (readonly [name: string, shape: object])[] = [
  ["300 ms more delay on 1C", { rateKbytes: 120, delayMs: 360, jitterMs: 15 }],
  ["3 % loss on 1C", { rateKbytes: 120, ...DELAY, lossPercent: 3 }],
  ["1C at 20 kB/s", { rateKbytes: 20, ...DELAY }],
];
const BEST = "1C+1T";
const LOSSY = "0.5 % loss on each";

export interface BundleBench {
  readonly engine: "mptcp" | "mlppp";
  /** Of each download. */
  readonly bytes: number;
  /** After which a download is broken off, and counts with what it has. */
  readonly forMs: number;
  readonly runs: number;
  /** Of each link alone, which no engine changes. */
  readonly aloneRuns: number;
  /** Rows by their names, after each link alone; null: all. */
  readonly figures: readonly string[] | null;
}

/**
 * T. The thesis's Table 5: one HTTP download over one TCP connection, by each link alone and by bundles of them; then with a
 * member that does badly, and with losses everywhere.
 */
export async function thesisTable(box: Box, bench: BundleBench): Promise<string> {
  const { engine, bytes, forMs, runs, aloneRuns, figures } = bench;
  const ports = RATES.map((_, index) => box.bus.port(index + 1));
  const shape = (index: number, more: object = {}) =>
    box.bus.shape(index + 1, { rateKbytes: RATES[index] ?? 0, ...DELAY, ...more });
  await Promise.all(RATES.map((_, index) => shape(index)));
  const concentrator = await Concentrator.install(box, [1, 2, 3]);
  await concentrator.start(`engines: { ${engine}: { enabled: true } }\n`);
  await concentrator.invitesGateway();
  await box.configure(`modems: { defaults: { weight: 1 } }\nbundle: { engine: ${engine} }\n`);
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  await box.untilPool(ports);

  /** These links in the bundle, or one of them alone balanced; the others get nothing. */
  const use = async (links: readonly number[], role: "bundle" | "balance"): Promise<void> => {
    for (const [index, port] of ports.entries()) {
      await box.bus.post(`uplinks/${port}`, links.includes(index) ? { role, tier: 1 } : { role: "balance", tier: 9 });
    }
    const wanted = links
      .map((index) => ports[index])
      .sort()
      .join();
    const isInUse = ({ bundle, uplinks }: Awaited<ReturnType<Box["status"]>>): boolean => {
      if (role === "bundle") {
        const members = bundle?.members
          .map(({ port }) => port)
          .sort()
          .join();
        return bundle?.state === "carrying" && members === wanted;
      }
      const picked = uplinks.filter(({ weight }) => weight > 0).map(({ port }) => port);
      return bundle?.members.length === 0 && picked.sort().join() === wanted;
    };
    await box.until(`${wanted} as ${role}`, isInUse, MEMBERS_MS);
    if (role === "bundle") await (engine === "mptcp" ? begins(links) : dialled(links.length));
  };
  /** So many PPP links there are, for some seconds. */
  const dialled = async (count: number): Promise<void> => {
    let since = Number.POSITIVE_INFINITY;
    for (const end = Date.now() + DRAIN_MS; Date.now() - since < STEADY_MS; await pause(500)) {
      const links = await concentrator.dialled();
      since = links === count ? Math.min(since, Date.now()) : Number.POSITIVE_INFINITY;
      if (Date.now() > end) throw new Error(`the bundle has ${links} links, not ${count}`);
    }
  };
  /** A connection begins at one of these links: the routes follow a little after the members. */
  const begins = async (links: readonly number[]): Promise<void> => {
    for (const end = Date.now() + DRAIN_MS; ; await pause(500)) {
      const { stdout } = await box.guest.exec(["ip", "-4", "route", "get", concentrator.address]);
      if (links.some((index) => stdout.includes(` dev wan${ports[index]} `))) return;
      if (Date.now() > end) throw new Error(`connections to the concentrator still begin elsewhere: ${stdout}`);
    }
  };
  /** What an earlier download has left in the concentrator's buffers still comes, seconds long, when that was broken off. */
  const drained = async (): Promise<void> => {
    for (const end = Date.now() + DRAIN_MS; ; await pause(500)) {
      const { stdout } = await concentrator.exec(["ss", "-Htn", "sport", "=", ":7119"]);
      const waiting = stdout.split("\n").reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0);
      if (waiting < FEW_BYTES) return;
      if (Date.now() > end) throw new Error(`the concentrator does not come to rest: ${waiting} bytes wait there`);
    }
  };
  /** Of the first download: one that is complete before the time is up is followed by another, whose beginning is not this one's. */
  const rate = async (): Promise<number> => {
    await drained();
    const { downloads } = await box.bus.download({ connections: 1, bytes, forMs, patienceMs: 30_000 });
    const [first] = downloads;
    return first === undefined ? 0 : first.bytes / first.tookMs;
  };
  const series = async (links: readonly number[], role: "bundle" | "balance"): Promise<readonly number[]> => {
    await use(links, role);
    const rates: number[] = [];
    for (let run = 0; run < (role === "bundle" ? runs : aloneRuns); run++) rates.push(await rate());
    console.error(`links ${links.join()} as ${role}: ${text(rates)} kB/s`);
    return rates;
  };
  const mean = (rates: readonly number[]): number => rates.reduce((sum, each) => sum + each, 0) / rates.length;
  const text = (rates: readonly number[]): string => `${mean(rates).toFixed(1)} / ${median(rates).toFixed(1)}`;

  // What a degraded member is compared with is had with it.
  const isAsked = ([name]: readonly [string, ...unknown[]]): boolean =>
    figures?.some((each) => each === name || (name === BEST && DEGRADED.some(([ill]) => ill === each))) ?? true;
  const alone: (readonly number[])[] = [];
  for (const index of RATES.keys()) alone.push(await series([index], "balance"));
  const sumOf = (links: readonly number[]): number => links.reduce((sum, index) => sum + median(alone[index] ?? []), 0);
  const rows: string[][] = [["links", "each alone: mean / median, kB/s", "bundled", "of the sum", "the thesis's"]];
  const bundled = new Map<string, number>();
  for (const [name, links, thesis] of SETS.filter(isAsked)) {
    const rates = await series(links, "bundle");
    bundled.set(name, median(rates));
    const each = links.map((index) => text(alone[index] ?? [])).join(" + ");
    rows.push([name, each, text(rates), `${((100 * median(rates)) / sumOf(links)).toFixed(1)} %`, thesis]);
  }
  const best = bundled.get(BEST) ?? 0;
  const ill: string[][] = [["all three", "kB/s: mean / median", "of the best two without it"]];
  for (const [name, worse] of DEGRADED.filter(isAsked)) {
    await box.bus.shape(1, worse);
    const rates = await series([0, 1, 2], "bundle");
    ill.push([name, text(rates), `${((100 * median(rates)) / best).toFixed(0)} %`]);
  }
  if (isAsked([LOSSY])) {
    await Promise.all(RATES.map((_, index) => shape(index, { lossPercent: 0.5 })));
    const lossy = await series([0, 1, 2], "bundle");
    const all = `${((100 * median(lossy)) / sumOf([0, 1, 2])).toFixed(0)} % of the sum`;
    ill.push([LOSSY, text(lossy), all]);
  }

  await box.bus.unplugAll();
  await box.stop();
  await concentrator.stop();
  await box.guest.exec(["rm", "-f", "/etc/wanherd/concentrator.key"]);
  await Promise.all(RATES.map((_, index) => box.bus.shape(index + 1, {})));
  const title = `### T. Bundled by ${engine}: one download of ${bytes / 1e6} MB or ${forMs / 1_000} s, ${runs} runs, ${aloneRuns} of each link alone`;
  return `${title}\n\n${table(rows)}\n\n${table(ill)}\n`;
}
