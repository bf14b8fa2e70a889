import { setTimeout as pause } from "node:timers/promises";
import type { Box } from "../bus/box.ts";
import type { Download } from "../bus/carriers/client-job.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { millisecondsText, quantile, table } from "./statistics.ts";
import { CALM_MS, unplugEvents } from "./unplug.ts";

/** What the issue allows from the kernel's event of the pulled stick. */
const NEW_FLOWS_MS = 250;
const ENTRIES_MS = 500;
const SHAPE = { rateKbytes: 100, delayMs: 30, jitterMs: 5 };
const OPEN = { connections: 12, bytes: 120_000, patienceMs: 30_000 };
const SHORT = { connections: 60, concurrency: 3, bytes: 200 };

/** What one pull did; times since the kernel's first event of the device's end, in ms. */
interface Pull {
  readonly poolMs: number;
  readonly entriesMs: number;
  readonly entries: number;
  /** Bytes that downloads over other links lacked. */
  readonly lost: number;
  /** Connections begun later than NEW_FLOWS_MS that failed or took the pulled link. */
  readonly late: number;
}

/** B, under load: a stick pulled while shaped links carry downloads, and the client begins new connections all the time. */
export async function unplugUnderLoad(box: Box, runs: number): Promise<string> {
  const ports = [1, 2, 3].map((number) => box.bus.port(number));
  const pulled = ports[2] as string;
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  for (const carrier of [1, 2, 3]) await box.bus.shape(carrier, SHAPE);
  const pulls: Pull[] = [];
  for (let run = 0; run < runs; run++) {
    await box.untilPool(ports);
    await pause(CALM_MS);
    pulls.push(await pull(box, pulled, ports.slice(0, 2)));
    console.error(`pull ${run + 1}: ${JSON.stringify(pulls.at(-1))}`);
    await box.untilState(pulled, "empty");
    await box.bus.plug(pulled, plainModem());
  }
  await box.bus.unplugAll();
  for (const carrier of [1, 2, 3]) await box.bus.shape(carrier, {});
  await box.stop();
  const sum = (part: "lost" | "late" | "entries"): number => pulls.reduce((total, each) => total + each[part], 0);
  const row = (name: string, times: readonly number[], bound: number): string[] => [
    name,
    millisecondsText(times),
    `${quantile(times, 0.9).toFixed(0)} ms`,
    `${times.filter((ms) => ms <= bound).length} of ${times.length} within ${bound} ms`,
  ];
  const rows = [
    ["since the kernel's event of the device, under downloads", "median (min–max)", "9 of 10 within", "aim"],
    row(
      "new connections avoid the link",
      pulls.map(({ poolMs }) => poolMs),
      NEW_FLOWS_MS,
    ),
    row(
      `its conntrack entries are gone (${sum("entries")})`,
      pulls.map(({ entriesMs }) => entriesMs),
      ENTRIES_MS,
    ),
    ["bytes lost by downloads over other links", String(sum("lost")), "", "0"],
    [`connections begun ${NEW_FLOWS_MS} ms later that failed or took it`, String(sum("late")), "", "0"],
  ];
  return `### B. Unplug under load, ${runs} runs\n\n${table(rows)}\n`;
}

async function pull(box: Box, pulled: string, others: readonly string[]): Promise<Pull> {
  const mark = await markOf(box, pulled);
  const toMonotonicMs = await wallClock(box);
  const watch = await box.guest.start(["conntrack", "-E", "-e", "DESTROY", "-o", "timestamp"], {
    name: "conntrack -E",
  });
  const open = box.bus.download(OPEN);
  await box.guest.exec(["sleep", "1.5"]);
  const short = box.bus.download(SHORT);
  await box.guest.exec(["sleep", "0.4"]);
  const { atMs } = await box.bus.unplug(pulled);
  await box.untilPool(others);
  const [{ removed, changed }, ended, begun] = [await unplugEvents(box, pulled, atMs), await open, await short];
  const gone = [...(await watch.output()).matchAll(/^\[(\d+\.\d+)\s*\].* mark=(\d+)/gm)]
    .filter(([, , found]) => (Number(found) & 0xff00) === mark)
    .map(([, seconds]) => toMonotonicMs(Number(seconds) * 1000) - removed)
    .filter((ms) => ms > -1_000);
  await watch.stop();
  const carrier = pulled.split("-")[1] as string;
  const overOthers = ({ via }: Download): boolean => via !== "" && via !== `10.64.${carrier}.2`;
  return {
    poolMs: changed - removed,
    entriesMs: Math.max(...gone),
    entries: gone.length,
    lost: ended.downloads.filter(overOthers).reduce((sum, { bytes }) => sum + OPEN.bytes - bytes, 0),
    late: begun.downloads
      .filter(({ startMs }) => startMs > removed + NEW_FLOWS_MS)
      .filter((download) => !download.complete || !overOthers(download)).length,
  };
}

/** The mark of a port's link, by the table of its route. */
async function markOf(box: Box, port: string): Promise<number> {
  const { stdout } = await box.guest.exec(["ip", "-4", "route", "show", "table", "all", "dev", `wan${port}`]);
  const slot = /table 27(\d{3})/.exec(stdout)?.[1];
  if (slot === undefined) throw new Error(`${port} has no table: ${stdout}`);
  return Number(slot) << 8;
}

/** Wall-clock milliseconds as the guest's CLOCK_MONOTONIC, by the tightest of a few looks at both. */
async function wallClock(box: Box): Promise<(wallMs: number) => number> {
  let best = { width: Number.POSITIVE_INFINITY, offset: 0 };
  for (let look = 0; look < 5; look++) {
    const { stdout } = await box.guest.exec([
      "sh",
      "-c",
      "read a b </proc/uptime; date +%s.%N; read c d </proc/uptime; echo $a $c",
    ]);
    const [wall = 0, from = 0, to = 0] = stdout.split(/\s+/).map((text) => Number(text) * 1000);
    if (to - from < best.width) best = { width: to - from, offset: (from + to) / 2 - wall };
  }
  return (wallMs) => wallMs + best.offset;
}
