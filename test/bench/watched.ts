import type { JournalEntry } from "../../src/journal/types.ts";
import type { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";
import { median, quantile, secondsText, table } from "./statistics.ts";

/** What the program in the guest tells (guest/followers.ts). */
export interface Followers {
  readonly connected: number;
  readonly dropped: number;
  readonly entries: number;
}

const FOLLOWERS = 50;
const LINES_PER_SECOND = 2_000;
/** Modems that talk: each says less than would be taken for raving (at-channel.ts). */
const TALKERS = [2, 3, 4, 5];
const SETTLE_MS = 5_000;
const BOUND_MS = 300_000;

interface Seen {
  readonly plugMs: number[];
  readonly perSecond: number[];
  readonly agentPercent: number[];
}

/**
 * W. From a stick's plug to the rule set that has its link, while fifty follow the journal and modems talk without end, and while
 * neither is so; in turn, so that whatever else this computer does meets both alike.
 */
export async function watched(box: Box, runs: number): Promise<string> {
  await box.start();
  const talkers = TALKERS.map((number) => box.bus.port(number));
  for (const port of talkers) await box.bus.plug(port, plainModem());
  await box.untilPool(talkers, BOUND_MS);
  const quiet: Seen = { plugMs: [], perSecond: [], agentPercent: [] };
  const busy: Seen = { plugMs: [], perSecond: [], agentPercent: [] };
  const followed: Followers[] = [];
  for (let run = 0; run < runs; run += 1) {
    // Neither is always the first after the other's end.
    for (const seen of run % 2 === 0 ? [quiet, busy] : [busy, quiet]) {
      const followers = seen === busy ? await startFollowers(box) : null;
      await chatter(box, talkers, seen === busy ? LINES_PER_SECOND / talkers.length : 0);
      await pause(SETTLE_MS);
      await plugOnce(box, talkers, seen);
      if (followers !== null) followed.push(await endFollowers(followers));
      await chatter(box, talkers, 0);
      console.error(
        `${seen === busy ? "watched" : "alone"}: ${seen.plugMs.at(-1)?.toFixed(0)} ms, ${seen.perSecond.at(-1)?.toFixed(0)} entries/s, agent ${seen.agentPercent.at(-1)?.toFixed(0)} % ${JSON.stringify(followed.at(-1) ?? "")}`,
      );
    }
  }
  await box.bus.unplugAll();
  await box.stop();
  const row = (name: string, seen: Seen): readonly string[] => [
    name,
    secondsText(seen.plugMs),
    `${median(seen.perSecond).toFixed(0)}/s`,
    `${median(seen.agentPercent).toFixed(0)} % of one core`,
  ];
  const ratios = busy.plugMs.map((ms, run) => ms / (quiet.plugMs[run] as number));
  const percent = (ratio: number): string => `${ratio < 1 ? "−" : "+"}${Math.abs(100 * (ratio - 1)).toFixed(0)} %`;
  const rows = [
    ["from the plug to the pool, four others online", "median (min–max)", "entries of the journal", "the agent's CPU"],
    row("nobody watches, nothing else happens", quiet),
    row(`${FOLLOWERS} followers, modems that say ${LINES_PER_SECOND} lines a second`, busy),
  ];
  const least = (part: keyof Followers): number =>
    quantile(
      followed.map((each) => each[part]),
      0,
    );
  return `### W. Watched, ${runs} runs each in turn\n\n${table(rows)}\n
Medians: ${percent(median(busy.plugMs) / median(quiet.plugMs))}; run by run: ${percent(median(ratios))} (${percent(quantile(ratios, 0))} to ${percent(quantile(ratios, 1))}).
Followers at the end of a run: ${least("connected")} at least; dropped in all runs together: ${followed.reduce((sum, each) => sum + each.dropped, 0)}.\n`;
}

async function plugOnce(box: Box, others: readonly string[], seen: Seen): Promise<void> {
  const port = box.bus.port(1);
  const before = await sample(box);
  const { atMs } = await box.bus.plug(port, plainModem());
  await box.untilPool([port, ...others], BOUND_MS);
  const after = await sample(box);
  const { events } = await box.bus.events(atMs);
  const change = events.find(({ source, text }) => source === "nft" && text.includes("wan1-1"));
  if (change === undefined) throw new Error("nft monitor saw no change of the pool");
  seen.plugMs.push(change.atMs - atMs);
  seen.perSecond.push(((after.seq - before.seq) * 1_000) / (after.atMs - before.atMs));
  seen.agentPercent.push((100 * (after.cpuMs - before.cpuMs)) / (after.atMs - before.atMs));
  await box.bus.unplug(port);
  await box.untilState(port, "empty", BOUND_MS);
}

/** Modems talk from now on, so many lines a second each. */
async function chatter(box: Box, ports: readonly string[], each: number): Promise<void> {
  for (const port of ports) await box.bus.set(port, { chatter: Math.round(each) });
}

function startFollowers(box: Box): Promise<GuestProcess> {
  const program = ["node", "/wanherd/dist/followers.js", "/run/wanherd/agent.sock", String(FOLLOWERS)];
  return box.guest.start(program, { name: "followers" });
}

async function endFollowers(followers: GuestProcess): Promise<Followers> {
  const last = (await followers.output()).trim().split("\n").at(-1) ?? "";
  await followers.stop();
  return JSON.parse(last) as Followers;
}

/** CPU time of the agent (proc(5)), and how many entries its journal has had by then. */
async function sample(box: Box): Promise<{ cpuMs: number; seq: number; atMs: number }> {
  const script = `awk '{print $14 + $15}' /proc/$0/stat; getconf CLK_TCK`;
  const { stdout } = await box.guest.exec(["sh", "-c", script, String(box.agent.pid)]);
  const newest = await box.bus.askAgent("GET", "events?limit=1");
  const atMs = Number((await box.guest.now()) / 1_000_000n);
  const [ticks = 0, perSecond = 100] = stdout.split("\n").map(Number);
  return { cpuMs: (ticks * 1_000) / perSecond, seq: (JSON.parse(newest) as JournalEntry).seq, atMs };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
