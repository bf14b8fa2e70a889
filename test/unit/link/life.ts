import { PROBE_BYTES } from "../../../src/link/dns-query.ts";
import {
  beginWatch,
  type DeathReason,
  judgeLink,
  type Known,
  type LinkState,
  LOOK_MS,
  UNKNOWN,
} from "../../../src/link/judge-link.ts";
import { isInquired } from "../../../src/link/quality.ts";

/** A second of a link's life: what others send through it and receive, and what becomes of a probe. */
export interface Second {
  readonly sent?: number;
  readonly received?: number;
  /** Default `lost`: it leaves by the link and nothing comes back. `astray`: it does not even leave by this link. */
  readonly probe?: "answered" | "lost" | "astray" | "bounced";
  /** LCP's echo is answered. */
  readonly echo?: boolean;
}

export interface Life {
  readonly deadAtMs: number | null;
  readonly reason: DeathReason | null;
  readonly changes: readonly { readonly atMs: number; readonly change: string }[];
  readonly probesAtMs: readonly number[];
  /** Those of them that ask how a link does that did badly lately. */
  readonly inquiriesAtMs: readonly number[];
  readonly state: LinkState;
}

export const LIMITS = { loss: 0.4, latencyMs: 2_000 };
export const ANSWER_BYTES = PROBE_BYTES + 16;
const TICK_MS = 500;

export interface Circumstances {
  readonly known?: Partial<Known>;
  readonly onProbation?: boolean;
  readonly jitterMs?: number;
}

/** Looks at a link as often as it is told to, with timers late by up to `jitterMs`, until it is dead or `seconds` are over. */
export function live(
  seconds: number,
  life: (second: number) => Second,
  { known, onProbation = false, jitterMs = 0 }: Circumstances = {},
): Life {
  let [rxBytes, txBytes, echo, nextLookMs] = [0, 0, 0, LOOK_MS];
  let asked: { atMs: number; patienceMs: number } | null = null;
  let inTimeMs: number[] = [];
  let isAnswering = false;
  let waiting: { atMs: number; patienceMs: number }[] = [];
  const probesAtMs: number[] = [];
  const inquiriesAtMs: number[] = [];
  const changes: Life["changes"][number][] = [];
  const look = { rxBytes, txBytes, echo, inTimeMs, failedAgoMs: [], lateMs: null };
  let state = beginWatch({ ...look, atMs: 0 }, { ...UNKNOWN, ...known }, onProbation);
  for (let tickMs = TICK_MS; tickMs <= seconds * 1_000; tickMs += TICK_MS) {
    const second = Math.ceil(tickMs / 1_000);
    const now = life(second);
    if (tickMs % 1_000 === 0) {
      rxBytes += now.received ?? 0;
      txBytes += now.sent ?? 0;
      if (now.echo) echo += 2;
    }
    if (asked !== null) {
      const { probe = "lost" } = now;
      if (probe !== "astray") txBytes += PROBE_BYTES;
      if (probe === "answered" || probe === "bounced") rxBytes += ANSWER_BYTES;
      isAnswering ||= probe === "answered";
      if (probe === "answered") inTimeMs.push(50);
      else waiting.push(asked);
      asked = null;
    }
    if (tickMs < nextLookMs) continue;
    const atMs = tickMs + ((second * 37) % (jitterMs + 1));
    const overdue = waiting.filter((one) => atMs - one.atMs > one.patienceMs);
    waiting = waiting.filter((one) => !overdue.includes(one));
    // A server that never answered is not missed.
    const failedAgoMs = isAnswering ? overdue.map((one) => atMs - one.atMs) : [];
    const judged = judgeLink(state, { atMs, rxBytes, txBytes, echo, inTimeMs, failedAgoMs, lateMs: null }, LIMITS);
    inTimeMs = [];
    state = judged.state;
    nextLookMs = tickMs + judged.lookInMs;
    if (judged.probe !== null) {
      probesAtMs.push(atMs);
      if (isInquired(state.quality)) inquiriesAtMs.push(atMs);
      asked = { atMs, patienceMs: judged.probe };
    }
    if (judged.change === null) continue;
    changes.push({ atMs, change: judged.change });
    if (judged.change !== "suspect" && judged.change !== "well")
      return { deadAtMs: atMs, reason: judged.change, changes, probesAtMs, inquiriesAtMs, state };
  }
  return { deadAtMs: null, reason: null, changes, probesAtMs, inquiriesAtMs, state };
}

export const fine: Second = { probe: "answered" };
export const dead: Second = { probe: "lost" };
