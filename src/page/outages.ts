import { adviceFor, type FailureKind, isFailureKind, mendOf } from "../../machines/failure.ts";
import type { PortPath } from "../hotplug/types.ts";
import { countUntil, type Noted } from "./history.ts";
import type { Span } from "./spans.ts";
import { isCarrying, kindOf } from "./state-kind.ts";

/** A time in which a port carried nothing though something was, or had been, in it; and what the journal tells of it. */
export interface Outage {
  readonly port: PortPath;
  readonly from: number;
  /** Null: it lasts. */
  readonly to: number | null;
  /** One phrase for a person. */
  readonly why: string;
  /** The kind of the failure that it is about; null: of none. */
  readonly kind: string | null;
  /** What a hand can do; null: nothing, or nobody knows. */
  readonly advice: string | null;
  /** The states that it went through, and for how long, in ms; without repetitions in a row. */
  readonly path: readonly Stay[];
  /** What it was in for most of the time, where that is another trouble than how it began; null: nothing. */
  readonly mostly: Stay | null;
  /** What failed meanwhile, by kind, in the order of its first time. */
  readonly failures: readonly { readonly kind: string; readonly message: string; readonly count: number }[];
}

/** More characters than a reason should have. */
const LONG = 120;

export interface Stay {
  readonly label: string;
  readonly ms: number;
}

/** What a person can do about states in which nothing is tried any more, or which name their own trouble. */
const OF_STATE: Readonly<Record<string, FailureKind>> = {
  denied: "RegistrationDenied",
  abroad: "RoamingForbidden",
  "no SIM": "SimMissing",
  "PIN needed": "SimPinNeeded",
  "PUK needed": "SimPukNeeded",
  "SIM blocked": "SimBlocked",
  "SIM wrong": "SimWrong",
  registering: "RegistrationTimeout",
};

/** The pull of a stick is heard from its serial ports and from pppd sooner than from the bus. */
const PULL_WITHIN_MS = 3_000;
/** The event that ends a link is journalled just before the step that it causes. */
const JUST_BEFORE_MS = 1_500;

/**
 * The times, oldest first, in which a port did not carry: between two that it did, since it last did, or from its plug on where it
 * failed to. An ordinary way from plug to link is none, nor is an empty port in which nothing was. What lasts is told as it is at `until`.
 */
export function outagesOf(
  port: PortPath,
  spans: readonly Span[],
  noted: readonly Noted[],
  until: number,
): readonly Outage[] {
  const found: Outage[] = [];
  const now = Math.max(until, spans.at(-1)?.from ?? 0);
  let run: Span[] = [];
  let carried = false;
  const end = (): void => {
    const used = run.slice(carried ? 0 : run.findIndex(({ kind }) => kind !== "off"));
    const isWorthIt = carried || used.some(({ kind }) => kind === "bad");
    if (run.length > 0 && used.length > 0 && isWorthIt) found.push(outageOf(port, used, noted, now));
    run = [];
  };
  for (const span of spans) {
    if (isCarrying(span.kind)) {
      end();
      carried = true;
    } else run.push(span);
  }
  // What was left alone or switched off all along is no trouble.
  if (run.some(({ kind }) => kind !== "off") || carried) end();
  return found;
}

/** Whether it lasts though something is in the port that should work. */
export function isPressing({ to, path }: Outage): boolean {
  return to === null && kindOf(path.at(-1)?.label ?? "") !== "off";
}

function outageOf(port: PortPath, spans: readonly Span[], noted: readonly Noted[], now: number): Outage {
  const from = spans[0]?.from ?? 0;
  const to = spans.at(-1)?.to ?? null;
  const meanwhile = noted.slice(
    countUntil(noted, from - JUST_BEFORE_MS),
    to === null ? noted.length : countUntil(noted, to - 1),
  );
  const failures = failuresIn(port, meanwhile);
  const [first] = failures;
  const own = ownCause(spans, meanwhile, from);
  const why =
    own ??
    (first === undefined ? undefined : headOf(first.message)) ??
    causeIn(meanwhile, from) ??
    "nothing recorded says why";
  const kind = own === null ? (first?.kind ?? null) : null;
  const path = pathOf(spans, now);
  const mostly = own === null ? mostOf(path, (to ?? now) - from) : null;
  const advised = own !== null ? null : (OF_STATE[(mostly ?? path[0])?.label ?? ""] ?? failures.at(-1)?.kind);
  const isHelpful = advised != null && isFailureKind(advised) && mendOf(advised) !== "soon";
  return { port, from, to, why, kind, path, mostly, failures, advice: isHelpful ? adviceFor(advised) : null };
}

/** What a program said in many words is told by what comes before them. */
function headOf(message: string): string {
  return message.length > LONG ? (/^(.{10,}?)[;:/] /.exec(message)?.[1] ?? message) : message;
}

function pathOf(spans: readonly Span[], now: number): readonly Stay[] {
  const path: Stay[] = [];
  for (const { label, from, to } of spans) {
    const ms = Math.max(0, (to ?? now) - from);
    const last = path.at(-1);
    if (last?.label === label) path[path.length - 1] = { label, ms: last.ms + ms };
    else path.push({ label, ms });
  }
  return path;
}

/** The state that took more than half of the time, all its stays together, unless it all began with it. */
function mostOf(path: readonly Stay[], whole: number): Stay | null {
  const sums = new Map<string, number>();
  for (const { label, ms } of path) sums.set(label, (sums.get(label) ?? 0) + ms);
  const [label, ms] = [...sums].find(([, sum]) => sum > whole / 2) ?? ["", 0];
  return label === "" || label === path[0]?.label ? null : { label, ms };
}

/** What somebody did, which is more of a reason than what failed by it; null: nobody did anything. */
function ownCause(spans: readonly Span[], meanwhile: readonly Noted[], from: number): string | null {
  const [first] = spans;
  if (first?.label === "agent away") return "the agent did not run";
  if (first?.label === "recovering") return null;
  const early = meanwhile.filter(({ at }) => at <= from + PULL_WITHIN_MS).map(({ entry }) => entry.text);
  if (early.includes("port.disable") || first?.label === "disabled")
    return "it was switched off by hand or by the config";
  if (early.includes("device.detached")) return "it was pulled out, or fell off the bus";
  return null;
}

function failuresIn(port: PortPath, meanwhile: readonly Noted[]): Outage["failures"] {
  const found = new Map<string, { kind: string; message: string; count: number }>();
  const seen = new Set<string>();
  for (const { at, entry } of meanwhile) {
    const { kind, message } = (entry.data?.failure ?? {}) as { readonly kind?: unknown; readonly message?: unknown };
    if (typeof kind !== "string" || typeof message !== "string") continue;
    // One failure is told by the effect, by the step that it causes, and again by the actor that hears of it.
    const once = `${kind} ${message} ${Math.round(at / 500)}`;
    if (seen.has(once)) continue;
    seen.add(once);
    const known = found.get(kind);
    if (known !== undefined) known.count += 1;
    else found.set(kind, { kind, message: withoutPort(port, message), count: 1 });
  }
  return [...found.values()];
}

/** Which port it is has been said. */
function withoutPort(port: PortPath, message: string): string {
  return message.startsWith(`${port}: `) ? message.slice(port.length + 2) : message;
}

/** The event that the step away from what carried was taken for. */
function causeIn(meanwhile: readonly Noted[], from: number): string | null {
  const step = meanwhile.find(({ at, entry }) => at >= from && entry.topic === "transition");
  const cause = step?.entry.data?.cause;
  return typeof cause === "string" && cause !== "" ? cause : null;
}

/** A path that goes round and round is told by its beginning and its end. */
export function shortened(path: readonly string[]): readonly string[] {
  return path.length <= 9 ? path : [...path.slice(0, 4), `… ${path.length - 7} more …`, ...path.slice(-3)];
}
