/** How a state of a port is to be taken: carrying, carrying but not well, on its way, in trouble, or not in use. */
export type StateKind = "good" | "warn" | "busy" | "bad" | "off";

const KINDS: Readonly<Record<string, StateKind>> = {
  online: "good",
  serving: "good",
  carrying: "good",
  suspect: "warn",
  "on probation": "warn",
  draining: "warn",
  redialling: "bad",
  resting: "bad",
  recovering: "bad",
  rejected: "bad",
  stuck: "bad",
  silent: "bad",
  crashed: "bad",
  denied: "bad",
  abroad: "bad",
  "no SIM": "bad",
  "PIN needed": "bad",
  "PUK needed": "bad",
  "SIM blocked": "bad",
  "SIM wrong": "bad",
  "SIM failing": "bad",
  empty: "off",
  disabled: "off",
  "left alone": "off",
  stopped: "off",
  off: "off",
  "agent away": "off",
  unknown: "off",
};

/** The kind of a state by the word that people see for it; one that is not known is on its way somewhere. */
export function kindOf(label: string): StateKind {
  return Object.hasOwn(KINDS, label) ? (KINDS[label] as StateKind) : "busy";
}

/** Whether traffic goes over what is in this state. */
export function isCarrying(kind: StateKind): boolean {
  return kind === "good" || kind === "warn";
}
