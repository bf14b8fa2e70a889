import { isFailureKind, mendOf, printable } from "../../machines/failure.ts";
import { hubsAbove } from "../hotplug/types.ts";
import type { BundleStatus, HubStatus, InterfaceStatus, PortStatus, Status, UplinkStatus } from "../inspector/types.ts";
import type { JournalEntry } from "../journal/types.ts";
import type { UplinkId } from "../net/types.ts";
import { partSentences } from "./balancer-text.ts";
import { bundleSentence } from "./bundle-text.ts";
import { whatHappenedIn } from "./render-event.ts";
import type { Page } from "./render-status.ts";
import type { Style } from "./style.ts";
import { wrap } from "./text-width.ts";
import { ageWords, clockText } from "./time-text.ts";

const LATELY = 10;

/** What comes after each state of the happy path, and of a failure that these do not tell more of. */
const NEXT: ReadonlyMap<string, string> = new Map([
  ["identifying", "Next it is looked up in the rules, and then switched, probed or left alone."],
  ["switching", "Next it should come back on this port as a modem, within seconds."],
  ["probing", "Next its AT port is found, and the modem and its SIM are asked who they are."],
  ["registering", "Next a network has to accept its SIM; then it dials."],
  ["dialling", "Next the network has to answer the call; then pppd negotiates an address."],
  ["negotiating", "Next the network has to hand out an address; then the link joins the balancer."],
  ["verifying", "Next the kernel has to say that it can be an access point; then hostapd has to start it."],
  ["joining", "Next it gets a channel, and hostapd has to start it."],
  ["serving", "It is part of the access point; if it fails, the other radios go on without it."],
  ["leaving", "It is being taken out of hostapd, and its interface given back."],
  ["online", "It carries traffic; if it stops doing so, it leaves the balancer and is dialled anew."],
]);

const SIM_WATCHED =
  "Nothing is tried with the SIM meanwhile; it goes on by itself as soon as the SIM or the config is another.";

/** States that end by themselves when their reason does: what is waited for, and nobody has to ask for another try. */
const WATCHED: ReadonlyMap<string, string> = new Map([
  ["no SIM", "The modem is asked for a SIM every few seconds, and goes on by itself as soon as one is in it."],
  ["PIN needed", SIM_WATCHED],
  ["PUK needed", SIM_WATCHED],
  ["SIM blocked", SIM_WATCHED],
  ["SIM wrong", SIM_WATCHED],
  ["denied", "It goes on listening, and dials as soon as the network accepts the SIM."],
  ["abroad", "It goes on listening, and dials as soon as its own network is in reach or the config allows roaming."],
  ["recovering", "Next its ports are looked for anew and it dials; if that fails, it is helped in a harsher way."],
  ["draining", "It gets no new connections, and hangs up when those that it has have ended, or their time is over."],
  ["hanging up", "Its call and its ports are being closed, which takes some seconds."],
]);

export interface Explained {
  readonly port: PortStatus;
  readonly uplink: UplinkStatus | undefined;
  readonly bundle: BundleStatus | null;
  readonly hubs: readonly HubStatus[];
  /** Of this port, oldest first. */
  readonly entries: readonly JournalEntry[];
}

/**
 * `wanherd explain PORT`: one paragraph on what sits there, its state and why, how it came to it, what comes next and what a
 * hand can do; below it the port's last journal entries as evidence.
 */
export function renderExplanation(
  { port, uplink, bundle, hubs, entries }: Explained,
  { now, columns, style }: Page,
  zoneMinutes?: number,
): string {
  const sentences = [
    whatSitsThere(port),
    whichState(port, now, zoneMinutes),
    why(port),
    onAir(port),
    mended(port),
    path(port),
    carries(uplink, bundle),
  ];
  sentences.push(next(port), hand(port), ...poweredBy(port, hubs));
  const paragraph = wrap(sentences.filter((sentence) => sentence !== "").join(" "), columns);
  return `${[...paragraph, "", ...evidence(entries, columns, style, zoneMinutes)].join("\n")}\n`;
}

/**
 * What there is to tell of a port, empty or not, or of an interface that the config names; null: nothing is known of it.
 * `entries` are the port's, oldest first.
 */
export function explanationOf(
  place: UplinkId,
  { ports, interfaces, uplinks, bundle, hubs }: Status,
  entries: readonly JournalEntry[],
  page: Page,
  zoneMinutes?: number,
): string | null {
  const named = interfaces.find((candidate) => candidate.interface === place);
  if (named !== undefined) {
    const uplink = uplinks.find((candidate) => candidate.interface === place);
    return renderInterface({ named, uplink, bundle }, page, zoneMinutes);
  }
  const port = ports.find((candidate) => candidate.port === place);
  if (port !== undefined) {
    const uplink = uplinks.find((candidate) => candidate.port === place);
    return renderExplanation({ port, uplink, bundle, hubs, entries }, page, zoneMinutes);
  }
  return entries.length === 0 ? null : renderEmptyPort(place, entries, page, zoneMinutes);
}

/** The same for an interface that the config names as an uplink. */
export function renderInterface(
  { named, uplink, bundle }: Pick<Explained, "uplink" | "bundle"> & { readonly named: InterfaceStatus },
  { now, columns }: Page,
  zoneMinutes?: number,
): string {
  const { interface: name, state, since, reason } = named;
  const sentences = [
    `${printable(name, 15)} is an uplink that the config names; who set it up keeps it up, not wanherd.`,
    whichState({ state, since }, now, zoneMinutes),
    reason === undefined ? "" : `Why: ${sentence(reason)}`,
    carries(uplink, bundle),
  ];
  return `${wrap(sentences.filter((each) => each !== "").join(" "), columns).join("\n")}\n`;
}

/** The same for a port in which nothing sits now, but of which the journal tells. */
export function renderEmptyPort(
  port: UplinkId,
  entries: readonly JournalEntry[],
  { columns, style }: Page,
  zoneMinutes?: number,
): string {
  return `${[`Port ${port} is empty.`, "", ...evidence(entries, columns, style, zoneMinutes)].join("\n")}\n`;
}

function evidence(
  entries: readonly JournalEntry[],
  columns: number,
  style: Style,
  zoneMinutes: number | undefined,
): string[] {
  const lately = entries.slice(-LATELY).flatMap((entry) => {
    const time = clockText(entry.time, zoneMinutes).slice(0, 19);
    const margin = " ".repeat(time.length + 4);
    const [first = "", ...more] = whatHappenedIn(columns - margin.length, entry, style);
    return [`  ${style.dim(time)}  ${first}`, ...more.map((line) => margin + line)];
  });
  return lately.length === 0 ? ["Nothing is recorded of this port."] : [style.dim("Lately:"), ...lately];
}

function whatSitsThere({ port, kind, usbId, name }: PortStatus): string {
  const article = kind === "other" ? "a device" : `a ${kind}`;
  const known = [printable(name, 60), usbId === null ? "" : `(${printable(usbId, 9)})`].filter((part) => part !== "");
  const now = usbId === null ? "is known for" : "holds";
  return `Port ${port} ${now} ${article}${known.length === 0 ? "" : `: ${known.join(" ")}`}.`;
}

function whichState({ state, since }: Pick<PortStatus, "state" | "since">, now: Date, zoneMinutes?: number): string {
  return `It has been ${stateWord(state)} for ${ageWords(since, now)}, since ${clockText(since, zoneMinutes).slice(0, 19)}.`;
}

function stateWord(state: string): string {
  return `“${printable(state, 40)}”`;
}

function why({ port, failure, reason }: PortStatus): string {
  if (failure === undefined) return reason === undefined ? "" : `Why: ${sentence(reason)}`;
  const attempts = failure.attempts > 1 ? `, after ${failure.attempts} attempts` : "";
  // Which port it is has been said.
  const message = failure.message.startsWith(`${port}: `) ? failure.message.slice(port.length + 2) : failure.message;
  return `Why: ${sentence(`${printable(message, 500)} (${printable(failure.kind, 40)}${attempts})`)}`;
}

function onAir({ radio, state }: PortStatus): string {
  if (radio === undefined || radio.interface === null) return "";
  const name = `Its radio is ${printable(radio.interface, 15)}${radio.phy === null ? "" : ` (${printable(radio.phy, 32)})`}`;
  if (state !== "serving" || radio.channel === null) return `${name}.`;
  const { channel, stations } = radio;
  return `${name}, on channel ${channel}, with ${stations} ${stations === 1 ? "station" : "stations"}.`;
}

const STEPS = {
  radio: "its radio switched off and on",
  reset: "restarted",
  usbReset: "reset at the USB",
  powerCycle: "its port's power switched off and on",
} as const;

function mended({ recovery }: PortStatus): string {
  if (recovery === undefined) return "";
  const { step, taken } = recovery;
  const done = (Object.keys(STEPS) as (keyof typeof STEPS)[])
    .filter((each) => taken[each] > 0)
    .map((each) => `${STEPS[each]}${taken[each] > 1 ? ` ${taken[each]} times` : ""}`);
  const now =
    step === null
      ? ""
      : ` Right now it is ${step === "radio" || step === "powerCycle" ? "having " : "being "}${STEPS[step]}.`;
  return `Since it was plugged in it was mended by itself: ${done.join(", ")}.${now}`;
}

function path({ history }: PortStatus): string {
  if (history.length < 2) return "";
  return `It came here by ${history.map(({ state }) => printable(state, 40)).join(" → ")}.`;
}

function carries(uplink: UplinkStatus | undefined, bundle: BundleStatus | null): string {
  if (uplink === undefined) return "";
  const { interface: name, address, health } = uplink;
  const link = `Its link ${printable(name, 15)} has the address ${printable(address, 45)} and ${health} health.`;
  return [link, bundleSentence(uplink, bundle), partSentences(uplink)].filter((part) => part !== "").join(" ");
}

function next({ kind, state, failure }: PortStatus): string {
  if (state === "left alone") return "It stays so as long as it is plugged in.";
  if (state === "disabled") return "It stays so until it is enabled.";
  const watched = WATCHED.get(state);
  if (watched !== undefined) return watched;
  if (state === "online" && failure !== undefined)
    return "It keeps the connections that it has, and gets new ones as soon as it has done well for 10 s.";
  if (failure === undefined || !isFailureKind(failure.kind)) return NEXT.get(state) ?? "";
  switch (mendOf(failure.kind)) {
    case "soon":
      return "It is tried again by itself, shortly.";
    case "later":
      return "It is tried again by itself, but seldom, for somebody else has to change their mind first.";
    case "hand":
      if (kind === "radio") return "It is left as it was, until it is replugged or the config changes.";
      return "It is looked at again every few minutes, which cannot help until something is done about it.";
  }
}

function hand({ port, state, failure }: PortStatus): string {
  if (state === "draining") return `What you can do: \`wanherd disable --now ${port}\`, or \`wanherd enable ${port}\`.`;
  if (state === "disabled") return `What you can do: \`wanherd enable ${port}\`.`;
  if (failure === undefined || state === "online") return "";
  const advice = `What you can do: ${printable(failure.advice, 300)}`;
  if (WATCHED.has(state)) return sentence(advice);
  return `${advice}${/[.?!]$/.test(failure.advice) ? " Then" : "; then"} \`wanherd retry ${port}\`.`;
}

/** What is wrong with the power of the hubs that it hangs on, and of itself where it is one. */
function poweredBy({ port }: PortStatus, hubs: readonly HubStatus[]): string[] {
  const concerned: readonly string[] = [port, ...hubsAbove(port)];
  return hubs
    .filter((hub) => concerned.includes(hub.port))
    .flatMap((hub) => (hub.note === null ? [] : [sentence(`The power of hub ${hub.port}: ${hub.note}`)]));
}

function sentence(text: string): string {
  const safe = printable(text, 800);
  return /[.?!]$/.test(safe) ? safe : `${safe}.`;
}
