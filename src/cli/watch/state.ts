import type { PortPath } from "../../hotplug/types.ts";
import type { PortAction, RankChange, Status } from "../../inspector/types.ts";
import type { JournalEntry } from "../../journal/types.ts";
import type { UplinkId } from "../../net/types.ts";
import { comparePorts } from "../port-order.ts";
import { NO_TRAFFIC, readTraffic, type Traffic } from "./rates.ts";

/** What the agent is to do; `now`: the connections that there are end with it. */
export type Deed =
  | { readonly type: "act"; readonly port: PortPath; readonly action: PortAction; readonly now: boolean }
  | { readonly type: "move"; readonly uplink: UplinkId; readonly to: NonNullable<RankChange["role"]> };

/** What waits for a key, and what is done by which; by any other nothing is. */
export interface Question {
  readonly text: string;
  readonly answers: Readonly<Record<string, Deed>>;
}

/** All that the screen of `wanherd watch` shows. */
export interface WatchState {
  /** As it was last told. */
  readonly status: Status;
  /** Why the agent is not there; null: it is. */
  readonly away: { readonly since: string; readonly why: string } | null;
  readonly traffic: Traffic;
  /** What happened lately, oldest first. */
  readonly entries: readonly JournalEntry[];
  readonly view: "list" | "details" | "help";
  /** A port, or an interface that the config names. Null: there is none. */
  readonly selected: UplinkId | null;
  /** Lines of the view of details that are above the screen. */
  readonly scroll: number;
  /** What the journal has of the selected port, for the view of details. */
  readonly ofSelected: readonly JournalEntry[];
  readonly question: Question | null;
  /** What came of the last action, until the next key. */
  readonly note: string | null;
}

/** What the agent, or its absence, tells. Times of `atMs` are on a clock that only goes forward. */
export type News =
  | { readonly type: "status"; readonly status: Status; readonly atMs: number }
  | { readonly type: "entry"; readonly entry: JournalEntry }
  | { readonly type: "away"; readonly since: string; readonly why: string }
  | { readonly type: "history"; readonly of: UplinkId; readonly entries: readonly JournalEntry[] }
  | { readonly type: "note"; readonly text: string };

/** More than a screen shows. */
const MOST_ENTRIES = 200;

export function beginWatch(status: Status, atMs: number): WatchState {
  return {
    status,
    away: null,
    traffic: readTraffic(NO_TRAFFIC, status.uplinks, atMs),
    entries: [],
    view: "list",
    selected: places(status)[0] ?? null,
    scroll: 0,
    ofSelected: [],
    question: null,
    note: null,
  };
}

/** The state after these news. */
export function hear(state: WatchState, news: News): WatchState {
  switch (news.type) {
    case "status": {
      const { status, atMs } = news;
      const traffic = readTraffic(state.away === null ? state.traffic : NO_TRAFFIC, status.uplinks, atMs);
      return { ...state, status, traffic, away: null, selected: stillSelected(state, status) };
    }
    case "entry": {
      // A stream that begins anew tells some of them again.
      if (state.entries.some(({ seq, time }) => seq === news.entry.seq && time === news.entry.time)) return state;
      const isOfSelected = state.view === "details" && news.entry.port === state.selected;
      return {
        ...state,
        entries: [...state.entries, news.entry].slice(-MOST_ENTRIES),
        ofSelected: isOfSelected ? [...state.ofSelected, news.entry].slice(-MOST_ENTRIES) : state.ofSelected,
      };
    }
    case "away":
      return { ...state, away: { since: news.since, why: news.why }, traffic: NO_TRAFFIC, question: null };
    case "history":
      return news.of === state.selected ? { ...state, ofSelected: news.entries } : state;
    case "note":
      return { ...state, note: news.text };
  }
}

/** What can be selected, in the order of the screen. */
export function places({ ports, interfaces }: Status): UplinkId[] {
  return [
    ...ports.map(({ port }) => port).sort(comparePorts),
    ...interfaces.map((named) => named.interface as UplinkId),
  ];
}

/** The selected place, or, once it is gone, the one that has moved up to where it was; details of an empty port stay. */
function stillSelected({ status: before, selected, view }: WatchState, status: Status): UplinkId | null {
  const now = places(status);
  if (selected !== null && (view === "details" || now.includes(selected))) return selected;
  const was = selected === null ? 0 : places(before).indexOf(selected);
  return now[Math.min(Math.max(0, was), now.length - 1)] ?? null;
}
