import { printable } from "../../machines/failure.ts";
import type { PortStatus, Status, UplinkStatus } from "../inspector/types.ts";
import { balancerLines, rankFacts, shareText } from "./balancer-text.ts";
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
  const ports = [...status.ports].sort((a, b) => comparePorts(a.port, b.port));
  const lines = [headline(status, page)];
  if (ports.length === 0) {
    lines.push("", "No USB device is plugged in.");
  } else {
    const uplinks = new Map(status.uplinks.map((uplink) => [uplink.port, uplink]));
    const rows = ports.map((port) => cells(port, uplinks.get(port.port), page));
    const widths = columnWidths(rows, page.columns);
    lines.push("", page.style.dim(row(HEADS, widths)));
    ports.forEach((port, index) => {
      lines.push(paintState(port, row(rows[index] ?? [], widths), widths, page.style));
      lines.push(...details(port, uplinks.get(port.port), page));
    });
  }
  const balancer = balancerLines(status.balancer).flatMap((line) => wrap(line, page.columns));
  if (balancer.length > 0) lines.push("", ...balancer);
  const troubles = powerTroubles(status, page);
  if (troubles.length > 0) lines.push("", ...troubles);
  return `${lines.join("\n")}\n`;
}

/** What is wrong with the power of hubs. */
function powerTroubles({ hubs }: Status, { columns, style }: Page): string[] {
  return hubs.flatMap(({ port, note }) =>
    note === null ? [] : wrap(`Power of hub ${port}: ${printable(note, 800)}`, columns).map(style.bad),
  );
}

function headline({ agent, ports, uplinks }: Status, { now, columns, style }: Page): string {
  const modems = ports.filter(({ kind }) => kind === "modem").length;
  const good = uplinks.filter(({ health }) => health === "good").length;
  const parts = [
    `wanherd ${printable(agent.version, 20)}`,
    `up ${ageText(agent.since, now)}`,
    `${modems} ${modems === 1 ? "modem" : "modems"}`,
    `${good} of ${uplinks.length} ${uplinks.length === 1 ? "uplink" : "uplinks"} good`,
  ];
  return style.bold(cut(parts.join(" · "), columns));
}

function cells(port: PortStatus, uplink: UplinkStatus | undefined, { now }: Page): string[] {
  const { modem } = port;
  const operator = [modem?.operator, modem?.technology].filter((part) => part != null).join(" ");
  const signal = modem?.signalDbm == null ? "" : `${modem.signalDbm} dBm`;
  return [
    port.port,
    printable(port.state, 16),
    ageText(port.since, now),
    printable(operator, 40),
    signal,
    printable(uplink?.address ?? "", 15),
    uplink === undefined ? "" : shareText(uplink),
  ];
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
function paintState(port: PortStatus, line: string, widths: readonly number[], style: Style): string {
  const start = (widths[0] ?? 0) + GAP.length;
  const state = printable(port.state, 16);
  return line.slice(0, start) + stateStyle(port, style)(state) + line.slice(start + state.length);
}

function stateStyle({ kind, state, failure }: PortStatus, style: Style): (text: string) => string {
  if (failure !== undefined || state === "rejected") return style.bad;
  if (kind === "hub" || kind === "other" || state === "disabled") return style.dim;
  return state === "online" || state === "serving" ? style.good : style.busy;
}

/** The indented lines below a port's row. */
function details(port: PortStatus, uplink: UplinkStatus | undefined, { columns, style }: Page): string[] {
  const room = Math.max(20, columns - INDENT.length);
  const facts = [
    port.usbId === null ? null : printable(port.usbId, 9),
    printable(port.name, 60),
    port.modem?.apn == null ? null : `APN ${printable(port.modem.apn, 40)}`,
    ...(uplink === undefined ? [] : uplinkFacts(uplink)),
  ].filter((fact) => fact !== null && fact !== "");
  // A line ends between two facts, never within one.
  const unbroken = facts.map((fact) => fact?.replaceAll(" ", "\u00a0"));
  const lines = wrap(unbroken.join(" · "), room).map((line) => style.dim(line.replaceAll("\u00a0", " ")));
  const { failure, reason } = port;
  if (failure !== undefined) {
    const attempts = failure.attempts > 1 ? ` (${failure.attempts} attempts)` : "";
    lines.push(...wrap(`${printable(failure.message, 500)}${attempts}`, room).map(style.bad));
    lines.push(...wrap(`→ ${printable(failure.advice, 300)}`, room));
  } else if (reason !== undefined) {
    lines.push(...wrap(printable(reason, 800), room));
  }
  return lines.map((line) => INDENT + line);
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
