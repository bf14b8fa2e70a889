import { portLabel } from "../agent/labels.ts";
import type { Away } from "./agent-away.ts";
import type { Noted } from "./history.ts";
import { kindOf, type StateKind } from "./state-kind.ts";
import { stateValueOf } from "./state-value.ts";

/** For how long a port was in one state, in words that people see. */
export interface Span {
  readonly from: number;
  /** Null: it still is. */
  readonly to: number | null;
  readonly label: string;
  readonly kind: StateKind;
}

/** The state of one machine of a port at some moment, and the step that led there. */
export interface MachineState {
  /** As the journal writes state values. */
  readonly state: string;
  /** Null: it began so. */
  readonly before: string | null;
  readonly cause: string;
  readonly since: number;
}

/** The machines of one port that were there at some moment, by their names. */
export type MachineStates = ReadonlyMap<string, MachineState>;

/** In which the machines of a device end. */
const FINAL: Readonly<Record<string, string>> = { modem: "stopped", radio: "released" };

/** Reads one port's entries from the first on; after each, `states` is what its machines are in. */
class Reader {
  readonly states = new Map<string, MachineState>();

  take({ at, entry }: Noted): void {
    const { machine, state, cause } = entry.data ?? {};
    if (entry.topic !== "transition" || typeof machine !== "string" || typeof state !== "string") return;
    const before = this.states.get(machine)?.state ?? null;
    this.states.set(machine, { state, before, cause: typeof cause === "string" ? cause : "", since: at });
    // Its last word, after the port's own.
    if (state === FINAL[machine.split(" ", 1)[0] ?? ""]) this.#forget(machine);
    // What the port ran for its device ends with it, without a word of its own.
    if (machine === "port") {
      if (!state.startsWith("occupied")) this.#forget("modem", "daemon");
      if (!state.startsWith("onAir")) this.#forget("radio");
    }
    if (machine === "modem" && !state.startsWith("working")) this.#forget("daemon");
  }

  label(): string {
    const modem = this.states.get("modem")?.state;
    const radio = this.states.get("radio")?.state;
    // The beginning of the record may be in the middle of its life.
    const port = this.states.get("port")?.state ?? (modem ? "occupied.serving" : radio ? "onAir.serving" : "empty");
    const standing = /call\.online\.(suspect|probation)/.exec(modem ?? "")?.[1];
    const label = portLabel(
      stateValueOf(port),
      modem === undefined ? null : stateValueOf(modem),
      radio === undefined ? null : stateValueOf(radio),
    );
    if (label === "online" && standing !== undefined) return standing === "suspect" ? standing : "on probation";
    return label;
  }

  #forget(...machines: readonly string[]): void {
    for (const machine of machines) this.states.delete(machine);
  }
}

/** The states that a port went through, in the order of time and without gaps. `noted` are its entries. */
export function spansOf(noted: readonly Noted[], away: readonly Away[] = []): readonly Span[] {
  const spans: Span[] = [];
  let reader = new Reader();
  const change = (at: number, label: string): void => {
    const last = spans.at(-1);
    if (last?.label === label) return;
    if (last !== undefined) spans[spans.length - 1] = { ...last, to: at };
    spans.push({ from: at, to: null, label, kind: kindOf(label) });
  };
  let gap = 0;
  for (const each of noted) {
    for (let next = away[gap]; next !== undefined && next.to <= each.at; next = away[++gap]) {
      if (spans.length > 0) change(next.from, "agent away");
      reader = new Reader();
      if (spans.length > 0) change(next.to, "empty");
    }
    reader.take(each);
    if (each.entry.topic === "transition") change(each.at, reader.label());
  }
  return spans.filter(({ from, to }) => to === null || to > from);
}

/** What the port's machines were in at `at`, given its entries until then. */
export function machinesAt(noted: readonly Noted[], at: number, away: readonly Away[] = []): MachineStates {
  let since = Number.NEGATIVE_INFINITY;
  for (const { from, to } of away) {
    if (at > from && at < to) return new Map();
    if (to <= at) since = to;
  }
  const reader = new Reader();
  for (const each of noted) {
    if (each.at > at) break;
    if (each.at >= since) reader.take(each);
  }
  return reader.states;
}

/** The span that `at` is in; the last one goes on for ever. */
export function spanAt(spans: readonly Span[], at: number): Span | null {
  return spans.findLast(({ from }) => from <= at) ?? null;
}
