import { printable } from "../../../machines/failure.ts";
import { type PortPath, parsePortPath } from "../../hotplug/types.ts";
import type { PortAction, PortStatus, Status } from "../../inspector/types.ts";
import type { Key } from "./keys.ts";
import { detailsHeight, listHeight, mostScroll, type WatchPage } from "./render-watch.ts";
import { type Deed, places, type Question, type WatchState } from "./state.ts";

/** What a key asks of the world. */
export type Wish =
  | { readonly type: "quit" | "suspend" | "redraw" }
  | Deed
  | { readonly type: "read"; readonly of: PortPath };

export interface Answer {
  readonly state: WatchState;
  readonly wish: Wish | null;
}

const ACTION_KEYS: Readonly<Record<string, PortAction>> = { r: "retry", d: "disable", e: "enable" };

/** What becomes of the state by this key, and what is to be done for it. */
export function onKey(before: WatchState, key: Key, page: WatchPage): Answer {
  const state = { ...before, note: null };
  if (key.name === "interrupt") return { state, wish: { type: "quit" } };
  if (key.name === "suspend" || key.name === "redraw") return { state, wish: { type: key.name } };
  if (state.question !== null) return onAnswer({ ...state, question: null }, key, state.question);
  if (key.name === "text" && key.text === "q") return { state, wish: { type: "quit" } };
  if (state.view === "help") return only({ ...state, view: "list" });
  if (key.name === "text") {
    if (key.text === "?") return only({ ...state, view: "help" });
    const action = ACTION_KEYS[key.text];
    if (action !== undefined) return onAction(state, action);
    if (key.text === "m") return onMove(state);
  }
  return state.view === "details" ? inDetails(state, key, page) : inList(state, key, page);
}

function only(state: WatchState): Answer {
  return { state, wish: null };
}

function onAnswer(state: WatchState, key: Key, { answers }: Question): Answer {
  const answer = key.name === "text" ? key.text.toLowerCase() : "";
  const deed = Object.hasOwn(answers, answer) ? answers[answer] : undefined;
  return deed === undefined ? only({ ...state, note: "Nothing was done." }) : { state, wish: deed };
}

function onAction(state: WatchState, action: PortAction): Answer {
  const { selected, status, away } = state;
  const port = selected === null ? null : parsePortPath(selected);
  if (away !== null) return only({ ...state, note: "The agent is not there." });
  if (selected === null) return only(state);
  if (port === null)
    return only({ ...state, note: `${printable(selected, 15)} is somebody else's; wanherd only uses it.` });
  const held = status.ports.find((candidate) => candidate.port === port);
  const now = action === "disable" && held?.state === "draining";
  const cut = action === "disable" && held !== undefined ? whatIsCut(held, status, now) : null;
  const deed: Deed = { type: "act", port, action, now };
  if (cut === null) return { state, wish: deed };
  return only({ ...state, question: { text: `Disable ${port}? ${cut} y/N`, answers: { y: deed } } });
}

/** Where a link can be moved, by the key for it. */
const WAYS = {
  b: { words: "into the bundle", to: "bundle" },
  l: { words: "into the balancer", to: "balance" },
  c: { words: "where the config has it", to: "config" },
} as const;

/** Asks where to; only what would change something is offered. */
function onMove(state: WatchState): Answer {
  const { selected, status, away } = state;
  if (away !== null) return only({ ...state, note: "The agent is not there." });
  if (selected === null) return only(state);
  const uplink = status.uplinks.find((candidate) => (candidate.port ?? candidate.interface) === selected);
  if (uplink === undefined) return only({ ...state, note: `${printable(selected, 15)} has no link to move.` });
  const { role, byHand } = uplink;
  const isInBundle = role === "bundle";
  const isOffered = { b: !isInBundle && status.bundle !== null, l: isInBundle, c: byHand.includes("role") };
  const keys = (["b", "l", "c"] as const).filter((key) => isOffered[key]);
  if (keys.length === 0)
    return only({ ...state, note: "There is no bundle to move it into; `wanherd join` makes one." });
  const is = `which is in the ${isInBundle ? "bundle" : "balancer"}`;
  const ways = keys.map((key) => `${key} ${WAYS[key].words}`).join(", ");
  const text = `Move the link of ${printable(selected, 15)}, ${is}? ${ways}; any other key leaves it`;
  const answers = Object.fromEntries(
    keys.map((key): [string, Deed] => [key, { type: "move", uplink: selected, to: WAYS[key].to }]),
  );
  return only({ ...state, question: { text, answers } });
}

/** What somebody loses when this port is disabled, in a sentence; null: nothing that works. */
function whatIsCut({ port, radio, state }: PortStatus, { uplinks }: Status, now: boolean): string | null {
  if (now) return "It waits for its connections to end; they would be cut now.";
  const uplink = uplinks.find((candidate) => candidate.port === port);
  if (uplink !== undefined) {
    const part = uplink.weight > 0 ? `, which gets ${Math.round(uplink.percent)} % of the new connections` : "";
    return `It ends its link ${printable(uplink.interface, 15)}${part}.`;
  }
  if (radio === undefined || state !== "serving") return null;
  return `It takes a radio with ${radio.stations} ${radio.stations === 1 ? "station" : "stations"} off the air.`;
}

function inList(state: WatchState, key: Key, page: WatchPage): Answer {
  if (key.name === "enter" && state.selected !== null) {
    const details = { ...state, view: "details", scroll: 0, ofSelected: [] } as const;
    const port = parsePortPath(state.selected);
    return { state: details, wish: port === null ? null : { type: "read", of: port } };
  }
  const all = places(state.status);
  const last = all.length - 1;
  const at = state.selected === null ? 0 : all.indexOf(state.selected);
  const to = moved(at, last, key, listHeight(page));
  return only({ ...state, selected: all[to] ?? null });
}

function inDetails(state: WatchState, key: Key, page: WatchPage): Answer {
  if (key.name === "back" || key.name === "enter") {
    const { selected } = state;
    const all = places(state.status);
    const isThere = selected !== null && all.includes(selected);
    return only({ ...state, view: "list", selected: isThere ? selected : (all[0] ?? null) });
  }
  const most = mostScroll(state, page);
  return only({ ...state, scroll: moved(Math.min(state.scroll, most), most, key, detailsHeight(page)) });
}

/** A place in 0…last after a key that moves. */
function moved(at: number, last: number, key: Key, pageful: number): number {
  const to = ((): number => {
    if (key.name === "up" || (key.name === "text" && key.text === "k")) return at - 1;
    if (key.name === "down" || (key.name === "text" && key.text === "j")) return at + 1;
    if (key.name === "pageUp") return at - pageful;
    if (key.name === "pageDown" || (key.name === "text" && key.text === " ")) return at + pageful;
    if (key.name === "first") return 0;
    return key.name === "last" ? last : at;
  })();
  return Math.max(0, Math.min(last, to));
}
