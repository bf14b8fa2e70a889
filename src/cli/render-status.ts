import { printable } from "../../machines/failure.ts";
import type { PortStatus, Status, UplinkStatus, Verification } from "../inspector/types.ts";
import { accessPointLines, radioFacts } from "./access-point-text.ts";
import { balancerLines, rankFacts, shareText } from "./balancer-text.ts";
import { bundleLines } from "./bundle-text.ts";
import { comparePorts } from "./port-order.ts";
import type { Style } from "./style.ts";
import { bytesText, cut, fill, textWidth, wrap } from "./text-width.ts";
import { ageText } from "./time-text.ts";

const HEADS = ["PORT", "STATE", "SINCE", "OPERATOR", "SIGNAL", "ADDRESS", "WEIGHT"] as const;
/** The column that gives way when the terminal is narrow. */
const FLEXIBLE = HEADS.indexOf("OPERATOR");
const LEAST_OPERATOR = 8;
const GAP = "  ";
const INDENT = "  ";

export interface Page {
  readonly now: Date;
  /** Of the terminal. */
  readonly columns: number;
  readonly style: Style;
}

/** `wanherd status` for a person: a line per port, below it what sits there and, if something is wrong, why. */
export function renderStatus(status: Status, page: Page): string {
  const lines = [headline(status, page)];
  const entries = [...portEntries(status, page), ...interfaceEntries(status, page)];
  if (status.ports.length === 0) lines.push("", "No USB device is plugged in.");
  if (entries.length > 0) {
    const widths = columnWidths(
      entries.map((entry) => entry.cells),
      page.columns,
    );
    lines.push("", page.style.dim(row(HEADS, widths)));
    for (const { cells, paint, details } of entries) {
      lines.push(paintState(row(cells, widths), cells[1], widths, paint), ...details);
    }
  }
  const balancer = balancerLines(status.balancer).flatMap((line) => wrap(line, page.columns));
  if (balancer.length > 0) lines.push("", ...balancer);
  const bundle = bundleLines(status.bundle, page);
  if (bundle.length > 0) lines.push("", ...bundle);
  const hotspot = accessPointLines(status.accessPoint, page);
  if (hotspot.length > 0) lines.push("", ...hotspot);
  const troubles = powerTroubles(status, page);
  if (troubles.length > 0) lines.push("", ...troubles);
  return `${lines.join("\n")}\n`;
}

/** What the table has of a port, or of an interface that the config names: a row, and lines below it. */
interface Entry {
  readonly cells: readonly [name: string, state: string, ...others: string[]];
  /** The state's colour. */
  readonly paint: (text: string) => string;
  readonly details: readonly string[];
}

function portEntries({ ports, uplinks }: Status, page: Page): Entry[] {
  const byPort = new Map(uplinks.map((uplink) => [uplink.port, uplink]));
  return [...ports]
    .sort((a, b) => comparePorts(a.port, b.port))
    .map((port) => {
      const uplink = byPort.get(port.port);
      return {
        cells: portCells(port, uplink, page),
        paint: stateStyle(port, page.style),
        details: details(port, uplink, page),
      };
    });
}

function interfaceEntries({ interfaces, uplinks }: Status, { now, columns, style }: Page): Entry[] {
  return interfaces.map(({ interface: name, state, since, reason }) => {
    const uplink = uplinks.find((candidate) => candidate.port === null && candidate.interface === name);
    const facts = uplink === undefined ? [] : uplinkFacts(uplink);
    return {
      cells: [printable(name, 15), printable(state, 16), ageText(since, now), "", "", ...linkCells(uplink)],
      paint: state === "online" ? style.good : style.bad,
      details: [
        ...wrapFacts(facts.slice(1), columns, style),
        ...(reason === undefined ? [] : wrap(printable(reason, 800), room(columns))),
      ].map((line) => INDENT + line),
    };
  });
}

/** What `wanherd status --verify` adds: whether the kernel was as wanted, and if not, what was wrong. */
export function renderVerification({ drift, mended }: Verification, { columns, style }: Page): string {
  if (drift.length === 0) return `\n${style.good("The kernel holds what it should.")}\n`;
  const end = mended
    ? style.good("It is mended.")
    : style.bad("It is not mended: somebody changes it again and again.");
  const lines = drift.flatMap((phrase) =>
    wrap(printable(phrase, 300), columns - INDENT.length).map((line) => INDENT + line),
  );
  return `\n${[style.bad("The kernel did not hold what it should:"), ...lines, end].join("\n")}\n`;
}

/** What is wrong with the power of hubs. */
export function powerTroubles({ hubs }: Status, { columns, style }: Page): string[] {
  return hubs.flatMap(({ port, note }) =>
    note === null ? [] : wrap(`Power of hub ${port}: ${printable(note, 800)}`, columns).map(style.bad),
  );
}

/** The first line: the agent and how its uplinks do, with these facts behind. */
export function headline(
  { agent, ports, uplinks }: Status,
  { now, columns, style }: Page,
  more: readonly string[] = [],
): string {
  const modems = ports.filter(({ kind }) => kind === "modem").length;
  const good = uplinks.filter(({ health }) => health === "good").length;
  const parts = [
    `wanherd ${printable(agent.version, 20)}`,
    `up ${ageText(agent.since, now)}`,
    `${modems} ${modems === 1 ? "modem" : "modems"}`,
    `${good} of ${uplinks.length} ${uplinks.length === 1 ? "uplink" : "uplinks"} good`,
    ...more,
  ];
  return style.bold(cut(parts.join(" · "), columns));
}

function portCells(port: PortStatus, uplink: UplinkStatus | undefined, { now }: Page): [string, string, ...string[]] {
  const { modem } = port;
  const operator = [modem?.operator, modem?.technology].filter((part) => part != null).join(" ");
  const signal = modem?.signalDbm == null ? "" : `${modem.signalDbm} dBm`;
  return [
    port.port,
    printable(port.state, 16),
    ageText(port.since, now),
    printable(operator, 40),
    signal,
    ...linkCells(uplink),
  ];
}

function linkCells(uplink: UplinkStatus | undefined): string[] {
  return uplink === undefined ? ["", ""] : [printable(uplink.address, 15), shareText(uplink)];
}

function columnWidths(rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = HEADS.map((head, index) => Math.max(head.length, ...rows.map((row) => textWidth(row[index] ?? ""))));
  const total = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
  const over = Math.max(0, total - columns);
  widths[FLEXIBLE] = Math.max(LEAST_OPERATOR, (widths[FLEXIBLE] ?? 0) - over);
  return widths;
}

function row(values: readonly string[], widths: readonly number[]): string {
  return widths
    .map((width, index) => fill(values[index] ?? "", width))
    .join(GAP)
    .trimEnd();
}

/** Colours the state within a finished row, so that the codes do not count as width. */
function paintState(line: string, state: string, widths: readonly number[], paint: (text: string) => string): string {
  const start = (widths[0] ?? 0) + GAP.length;
  return line.slice(0, start) + paint(state) + line.slice(start + state.length);
}

/** The colour of a port's state. */
export function stateStyle({ kind, state, failure }: PortStatus, style: Style): (text: string) => string {
  if (failure !== undefined || state === "rejected") return style.bad;
  if (kind === "hub" || kind === "other" || state === "disabled") return style.dim;
  return state === "online" || state === "serving" ? style.good : style.busy;
}

/** The indented lines below a port's row. */
function details(port: PortStatus, uplink: UplinkStatus | undefined, { columns, style }: Page): string[] {
  const facts = [
    port.usbId === null ? null : printable(port.usbId, 9),
    printable(port.name, 60),
    port.modem?.apn == null ? null : `APN ${printable(port.modem.apn, 40)}`,
    ...(port.radio === undefined ? [] : radioFacts(port.radio)),
    ...(uplink === undefined ? [] : uplinkFacts(uplink)),
  ].filter((fact) => fact !== null);
  const lines = wrapFacts(facts, columns, style);
  const { failure, reason } = port;
  if (failure !== undefined) {
    const attempts = failure.attempts > 1 ? ` (${failure.attempts} attempts)` : "";
    lines.push(...wrap(`${printable(failure.message, 500)}${attempts}`, room(columns)).map(style.bad));
    lines.push(...wrap(`→ ${printable(failure.advice, 300)}`, room(columns)));
  } else if (reason !== undefined) {
    lines.push(...wrap(printable(reason, 800), room(columns)));
  }
  return lines.map((line) => INDENT + line);
}

/** Facts in dim lines; a line ends between two facts, never within one. */
function wrapFacts(facts: readonly string[], columns: number, style: Style): string[] {
  if (facts.length === 0) return [];
  const unbroken = facts.filter((fact) => fact !== "").map((fact) => fact.replaceAll(" ", "\u00a0"));
  return wrap(unbroken.join(" · "), room(columns)).map((line) => style.dim(line.replaceAll("\u00a0", " ")));
}

/** The width that is left for indented lines. */
function room(columns: number): number {
  return Math.max(20, columns - INDENT.length);
}

function uplinkFacts(uplink: UplinkStatus): string[] {
  const health = uplink.health === "good" ? [] : [uplink.health];
  return [
    printable(uplink.interface, 15),
    ...health,
    ...rankFacts(uplink),
    `↓${bytesText(uplink.rxBytes)} ↑${bytesText(uplink.txBytes)}`,
  ];
}
