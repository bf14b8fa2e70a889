import { printable } from "../../machines/failure.ts";
import type { Style } from "../../src/cli/style.ts";
import type { JournalEntry } from "../../src/journal/types.ts";

/** What to tell the viewer of an entry. */
export interface Said {
  readonly what: string;
  /** Empty where there is no more to say. */
  readonly why: string;
  readonly mood: "plain" | "busy" | "good" | "bad" | "dim";
}

/** States of a port or a modem worth a viewer's eye, by what the state's name has in it; the first that fits. */
const STEPS: readonly (readonly [string, string, Said["mood"]])[] = [
  ["switching.sending", "switching it out of storage mode", "busy"],
  ["awaitingTarget", "switched: it should come back as a modem", "busy"],
  ["probing", "a modem: waiting for its serial ports", "busy"],
  ["identifying", "asking modem and SIM who they are", "busy"],
  ["registering", "registering with a network; pppd starts meanwhile", "busy"],
  ["redialling", "dialling anew shortly", "busy"],
  ["dialling", "dialling", "busy"],
  ["negotiating", "negotiating an address", "busy"],
  ["online", "online", "good"],
  ["hangingUp", "hanging up", "busy"],
  ["leftAlone", "left alone", "dim"],
  ["resting", "resting until the next try", "busy"],
  ["stuck", "cannot be switched", "bad"],
];

/** The same for a radio. */
const RADIO_STEPS: typeof STEPS = [
  ["verifying", "asking the kernel whether it can be an access point", "busy"],
  ["surveying", "listening for neighbours", "busy"],
  ["adding", "hostapd takes it in", "busy"],
  ["serving", "serves the hotspot", "good"],
];

/** Why it came to be so, for causes that do not explain themselves. Others are not shown. */
const CAUSES: Readonly<Record<string, string>> = {
  "findPorts done": "AT and data port are found",
  "registration.changed": "the network has accepted the SIM",
  "daemon.notice": "the SIM is accepted, pppd is ready",
  "dial done": "the network has answered",
  "daemon.ready": "pppd has its address",
  "tty.vanished": "its serial ports are gone",
  "device.detached": "it is gone",
  "modem.stop": "the agent is to end",
};

/** A journal entry in the words of the demo, or null where it is a detail. */
export function say(entry: JournalEntry): Said | null {
  const { topic, text, data } = entry;
  const failure = failureIn(data);
  // The change of state that follows a failure carries it once more; only a crash has nothing before it.
  if (failure !== null && (topic !== "transition" || data?.to === "crashed"))
    return { what: failure, why: "", mood: "bad" };
  switch (topic) {
    case "network":
      // A link is named after its port, which is what the viewer knows it by.
      return { what: printable(text, 200).replaceAll("wan", ""), why: "one nftables transaction", mood: "plain" };
    case "agent":
      return { what: printable(text, 200), why: "", mood: "plain" };
    case "at":
      return /ATD|CONNECT|CARRIER|BUSY/.test(text) ? { what: printable(text, 60), why: "", mood: "dim" } : null;
    case "event":
      return arrivalOrEnd(entry);
    case "transition":
      return entry.port === null ? null : step(entry);
    case "process":
      return null;
  }
}

export function paintOf({ mood }: Said, style: Style): (text: string) => string {
  return mood === "plain" ? (text) => text : style[mood];
}

function arrivalOrEnd({ text, data }: JournalEntry): Said | null {
  if (text === "device.detached") return { what: "gone from the bus", why: "kernel event", mood: "plain" };
  if (text !== "device.attached") return null;
  const { vendorId, productId, manufacturer, product } = (data?.device ?? {}) as Readonly<Record<string, unknown>>;
  const hex = (id: unknown): string => Number(id).toString(16).padStart(4, "0");
  const name = [manufacturer, product].filter((part) => typeof part === "string" && part !== "").join(" ");
  return { what: `on the bus: ${hex(vendorId)}:${hex(productId)}`, why: printable(name, 60), mood: "plain" };
}

function step({ data }: JournalEntry): Said | null {
  const to = typeof data?.to === "string" ? data.to : "";
  const cause = typeof data?.cause === "string" ? data.cause : "";
  const steps = data?.machine === "radio" ? RADIO_STEPS : STEPS;
  const found = steps.find(([name]) => to.includes(name));
  return found === undefined ? null : { what: found[1], why: CAUSES[cause] ?? "", mood: found[2] };
}

function failureIn(data: JournalEntry["data"]): string | null {
  const failure = data?.failure;
  if (typeof failure !== "object" || failure === null) return null;
  const { kind, message } = failure as { readonly kind?: unknown; readonly message?: unknown };
  return printable(`${String(kind)}: ${String(message)}`, 300);
}
