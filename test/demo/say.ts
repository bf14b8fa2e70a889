import { printable } from "../../machines/failure.ts";
import type { JournalEntry } from "../../src/journal/types.ts";

/** Steps of a port or a modem worth a viewer's eye, by what the state's text has in it; the first that fits. */
const STEPS: readonly (readonly [string, string])[] = [
  ["switching.sending", "switching it out of storage mode"],
  ["awaitingTarget", "gone, as it should be: waiting for it to come back as a modem"],
  ["probing", "a modem: waiting for its serial ports"],
  ["identifying", "asking modem and SIM who they are"],
  ["registering", "registering with a network, pppd starting meanwhile"],
  ["redialling", "link lost: dialling anew shortly"],
  ["dialling", "dialling"],
  ["negotiating", "connected: negotiating an address"],
  ["online", "online"],
  ["hangingUp", "hanging up"],
  ["leftAlone", "left alone"],
  ["resting", "resting until the next try"],
  ["stuck", "cannot be switched"],
];

/** A journal entry in the words of the demo, or null where it is a detail. */
export function say(entry: JournalEntry): { readonly what: string; readonly why: string } | null {
  const cause = typeof entry.data?.cause === "string" ? entry.data.cause : "";
  if (entry.topic === "network") return { what: printable(entry.text, 200), why: "one nftables transaction" };
  if (entry.topic === "at" && /ATD|CONNECT|CARRIER|BUSY/.test(entry.text))
    return { what: entry.text, why: "AT dialogue" };
  if (entry.topic === "event" && /^device\.(at|de)tached$/.test(entry.text)) {
    return { what: entry.text === "device.attached" ? "plugged in" : "pulled out", why: "kernel event" };
  }
  if (entry.topic !== "transition" || entry.port === null) return null;
  const to = String(entry.data?.to ?? "");
  const step = STEPS.find(([word]) => to.includes(word));
  return step === undefined ? null : { what: step[1], why: cause };
}
