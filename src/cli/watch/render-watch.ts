import { printable } from "../../../machines/failure.ts";
import { accessPointLines } from "../access-point-text.ts";
import { bundleLines } from "../bundle-text.ts";
import { whatHappened } from "../render-event.ts";
import { explanationOf } from "../render-explanation.ts";
import { headline, type Page, powerTroubles } from "../render-status.ts";
import type { Style } from "../style.ts";
import { cut, cutPainted, wrap } from "../text-width.ts";
import { clockText } from "../time-text.ts";
import { layOut, rowText } from "./columns.ts";
import { COLUMNS, type Row, rateText, rowsOf } from "./rows.ts";
import type { WatchState } from "./state.ts";

export interface WatchPage extends Page {
  /** Of the terminal. */
  readonly rows: number;
  /** Minutes east of UTC; left out: as this machine's zone is. */
  readonly zoneMinutes?: number;
}

/** A whole screen. */
export interface Picture {
  /** As many as the page has rows, each narrower than it. */
  readonly lines: readonly string[];
  /** The line that is selected, where the cursor belongs: a screen reader follows it. */
  readonly cursor: number;
}

/** Headline, heads of the columns and the line for keys. */
const LIST_FRAME = 3;
/** Heading and the line for keys. */
const DETAILS_FRAME = 1;
const MARK = "> ";
/** A screen with fewer rows than these for the table and what is below it is for the table. */
const SMALL = 12;

/** Rows of the list that one sees at most at once. */
export function listHeight({ rows }: WatchPage): number {
  return Math.max(1, rows - LIST_FRAME);
}

export function detailsHeight({ rows }: WatchPage): number {
  return Math.max(1, rows - DETAILS_FRAME);
}

/** How far the details can be scrolled, in lines. */
export function mostScroll(state: WatchState, page: WatchPage): number {
  return Math.max(0, detailLines(state, within(page)).length - detailsHeight(page));
}

export function renderWatch(state: WatchState, terminal: WatchPage): Picture {
  const page = within(terminal);
  const foot = footLines(state, page);
  const head = state.away === null ? [] : [awayLine(state.away, page)];
  const room = Math.max(0, page.rows - foot.length - head.length);
  const { lines, cursor } =
    state.view === "list" ? list(state, page, room) : { lines: text(state, page, room), cursor: 0 };
  const body = [...lines.slice(0, room), ...Array<string>(Math.max(0, room - lines.length)).fill("")];
  const all = [...head, ...body, ...foot].slice(0, page.rows).map((line) => cutPainted(line, page.columns));
  return { lines: all, cursor: Math.max(0, Math.min(all.length - 1, head.length + cursor)) };
}

/**
 * The last column stays empty: what is written into it leaves the cursor on it, so that erasing the rest of the line would
 * erase it, and in the last row some terminals scroll.
 */
function within(page: WatchPage): WatchPage {
  return { ...page, columns: Math.max(1, page.columns - 1) };
}

function list(state: WatchState, page: WatchPage, room: number): { lines: string[]; cursor: number } {
  const { status, traffic, selected } = state;
  const { columns, style, now } = page;
  const rows = rowsOf(status, traffic, now, style);
  const laid = layOut(
    COLUMNS,
    rows.map(({ cells }) => cells),
    Math.max(1, columns - MARK.length),
  );
  const { accessPoint, bundle } = status;
  const below = [...bundleLines(bundle, page), ...accessPointLines(accessPoint, page), ...powerTroubles(status, page)];
  const left = room - 2;
  // The table has what it needs, as long as the rest has a third; of a small screen it has all.
  const others = left < SMALL ? 0 : Math.min(Math.floor(left / 3), below.length + state.entries.length + 2);
  const height = Math.max(1, left - others);
  const table = rows.map((row) => {
    const mark = row.place === selected ? MARK : " ".repeat(MARK.length);
    return { row, line: painted(mark + rowText(COLUMNS, laid, row.cells), row) };
  });
  const { shown, cursor } = windowOf(table, selected, height, style);
  const heads = COLUMNS.map(({ head }) => head);
  const lines = [withTotal(state, page), style.dim(" ".repeat(MARK.length) + rowText(COLUMNS, laid, heads)), ...shown];
  if (rows.length === 0) lines.push("", "No USB device is plugged in.");
  const free = room - lines.length;
  const placed = below.length > 0 && free > 1 ? ["", ...below.slice(0, Math.max(1, Math.floor((free - 1) / 2)))] : [];
  lines.push(...placed, ...lately(state, page, free - placed.length));
  return { lines, cursor: cursor + 2 };
}

/** The rows that are on the screen, each with what is wrong below it where there is room for all of that. */
function windowOf(
  table: readonly { row: Row; line: string }[],
  selected: string | null,
  height: number,
  style: Style,
): { shown: string[]; cursor: number } {
  const at = Math.max(
    0,
    table.findIndex(({ row }) => row.place === selected),
  );
  const troubles = table.filter(({ row }) => row.trouble !== null).length;
  const isRoomy = table.length + troubles <= height;
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), table.length - height));
  const shown: string[] = [];
  let cursor = 0;
  for (const [index, { row, line }] of table.slice(first, isRoomy ? undefined : first + height).entries()) {
    if (first + index === at) cursor = shown.length;
    shown.push(line);
    if (isRoomy && row.trouble !== null) shown.push(style.bad(`    ${row.trouble}`));
  }
  return { shown, cursor };
}

/** Colours the state within a finished row, so that the codes do not count as width. */
function painted(line: string, { cells: [place = "", state = ""], paint }: Row): string {
  const start = line.indexOf(state, MARK.length + place.length);
  if (state === "" || start === -1) return line;
  return line.slice(0, start) + paint(state) + line.slice(start + state.length);
}

/** The headline of `status`, with what all links carry together. */
function withTotal({ status, traffic }: WatchState, page: WatchPage): string {
  const rates = [...traffic.rates.values()];
  if (rates.length === 0) return headline(status, page);
  const sum = (way: "rx" | "tx"): string => rateText(rates.reduce((total, rate) => total + rate[way], 0));
  return headline(status, page, [`↓${sum("rx")} ↑${sum("tx")}`]);
}

/** The last things that happened, without what was said to AT ports: that is among a port's details. */
function lately({ entries }: WatchState, { style, zoneMinutes }: WatchPage, room: number): string[] {
  const told = entries.filter(({ topic }) => topic !== "at").slice(-Math.max(1, room - 2));
  if (room < 3 || told.length === 0) return [];
  const lines = told.map((entry) => {
    const start = `${clockText(entry.time, zoneMinutes).slice(11, 19)}  ${(entry.port ?? "-").padEnd(7)}  `;
    return style.dim(start) + whatHappened(entry, style);
  });
  return ["", style.dim("Lately:"), ...lines];
}

function text(state: WatchState, page: WatchPage, room: number): string[] {
  if (state.view === "help") return HELP.flatMap((line) => wrap(line, page.columns)).slice(0, room);
  const lines = detailLines(state, page);
  const from = Math.min(state.scroll, Math.max(0, lines.length - detailsHeight(page)));
  return lines.slice(from, from + room);
}

function detailLines({ status, selected, ofSelected }: WatchState, page: WatchPage): string[] {
  if (selected === null) return ["There is nothing here."];
  const told = explanationOf(selected, status, ofSelected, page, page.zoneMinutes);
  return (told ?? `Nothing is known of ${printable(selected, 30)}.`).trimEnd().split("\n");
}

function awayLine({ since, why }: NonNullable<WatchState["away"]>, { style, zoneMinutes }: WatchPage): string {
  const time = clockText(since, zoneMinutes).slice(11, 19);
  return style.bad(`The agent is gone since ${time}, waiting for it: ${printable(why, 300)}`);
}

/** The last lines: a question, what came of an action, or the keys. */
function footLines({ question, note, view }: WatchState, { columns, rows, style }: WatchPage): string[] {
  const most = Math.max(1, Math.min(4, Math.floor(rows / 2)));
  if (question !== null) return wrap(question.text, columns).slice(-most).map(style.bold);
  if (note !== null) return wrap(printable(note, 300), columns).slice(0, most).map(style.bold);
  const keys = KEYS[view].find((line) => line.length <= columns) ?? KEYS[view].at(-1) ?? "";
  return [style.dim(cut(keys, columns))];
}

const KEYS: Readonly<Record<WatchState["view"], readonly string[]>> = {
  list: [
    "↑↓ choose · Enter details · r retry · d disable · e enable · m move · ? help · q quit",
    "↑↓ · Enter details · r retry · d disable · e enable · m move · ? help · q quit",
    "Enter details · r d e m act · ? help · q quit",
    "Enter · r d e m · ? help · q quit",
    "? help · q quit",
  ],
  details: [
    "↑↓ scroll · ← back · r retry · d disable · e enable · m move · ? help · q quit",
    "← back · r d e m act · ? help · q quit",
    "← back · q quit",
  ],
  help: ["any key: back · q quit"],
};

/** The first lines are the ones that count, where the screen has no room for all. */
const HELP: readonly string[] = [
  "↑ ↓ k j    choose, or scroll",
  "PgUp PgDn  the same by the page",
  "Enter →    details: why it is so",
  "Esc ←      back",
  "r          try again now",
  "d          take out of use",
  "e          take into use again",
  "m          to bundle or balancer",
  "Ctrl-L     draw all anew",
  "q Ctrl-C   quit; the agent goes on",
  "",
  "It is asked first where d cuts a link. Rates are those of the last second; a link's share of the new connections stands beside its weight.",
];
