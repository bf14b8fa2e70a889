import type { StateValue } from "xstate";

/** Names a person sees for the machines' states where they differ from the machine's own. */
const PORT_LABELS: Readonly<Record<string, string>> = {
  doubting: "identifying",
  leftAlone: "left alone",
  clearing: "hanging up",
  stopping: "hanging up",
  draining: "draining",
  returning: "recovering",
};

const MODEM_LABELS: Readonly<Record<string, string>> = {
  adopting: "probing",
  releasing: "hanging up",
  released: "hanging up",
  mending: "recovering",
};

/** The call's states; of the others the name is the label. */
const CALL_LABELS: Readonly<Record<string, string>> = {
  identifying: "probing",
  // Registered, and pppd not at its connector yet: still on the way to dialling.
  ready: "dialling",
};

const SIM_LABELS: Readonly<Record<string, string>> = {
  absent: "no SIM",
  pinNeeded: "PIN needed",
  pukNeeded: "PUK needed",
  blocked: "SIM blocked",
  wrong: "SIM wrong",
  failing: "SIM failing",
};

/** A radio that leaves hostapd; of its other states the name is the label. */
const RADIO_LABELS: Readonly<Record<string, string>> = { left: "leaving", released: "leaving" };

/** The state of a port in one word of the public interface; a port with a modem or a radio in it shows that one's. */
export function portLabel(port: StateValue, modem: StateValue | null, radio: StateValue | null = null): string {
  const [outer, inner] = outermost(port);
  if (outer === "onAir") return inner === "serving" && radio !== null ? radioLabel(radio) : "leaving";
  if (outer === "occupied") {
    if (inner !== null && PORT_LABELS[inner] !== undefined) return PORT_LABELS[inner];
    return modem === null ? "probing" : modemLabel(modem);
  }
  return PORT_LABELS[outer] ?? outer;
}

/** The state of a modem in a word or two: `probing`, `no SIM`, `registering`, `denied`, `dialling`, `online`, `resting`, … */
export function modemLabel(value: StateValue): string {
  const [outer, inner] = outermost(value);
  if (outer === "awaitingSim") return SIM_LABELS[inner ?? ""] ?? "no SIM";
  if (outer !== "working") return MODEM_LABELS[outer] ?? outer;
  const connecting = below(below(value, "working"), "connecting");
  const call = below(connecting, "call");
  if (call === undefined) return "hanging up";
  const [step, part] = outermost(call);
  if (step === "registering") return part === null || part === "searching" ? step : part;
  return CALL_LABELS[step] ?? step;
}

/** The state of a radio in a word: `identifying`, `verifying`, `joining`, `serving`, `leaving`, or `rejected`. */
export function radioLabel(value: StateValue): string {
  const [outer] = outermost(value);
  return RADIO_LABELS[outer] ?? outer;
}

/** What the bundle is doing, in a word: `off`, `locating`, `starting`, `waiting`, `connecting`, `carrying`, `leaving`, `silent` or `closing`. */
export function bundleLabel(value: StateValue): string {
  const [outer, inner] = outermost(value);
  if (outer === "locating") return outer;
  if (outer === "releasing" || (outer === "alive" && inner === "closing")) return "closing";
  if (outer !== "alive") return "off";
  const traffic = below(below(below(value, "alive"), "active"), "traffic");
  const asking = below(traffic, "asking");
  if (asking === undefined) return traffic === "waiting" ? traffic : "starting";
  const [step, part] = outermost(asking);
  if (step === "silent") return part === "leaving" ? part : step;
  return part === "carrying" ? part : "connecting";
}

function below(value: StateValue | undefined, name: string): StateValue | undefined {
  return typeof value === "object" ? value[name] : undefined;
}

function outermost(value: StateValue): readonly [string, string | null] {
  if (typeof value === "string") return [value, null];
  const [outer, below] = Object.entries(value)[0] ?? ["", undefined];
  if (below === undefined) return [outer, null];
  return [outer, typeof below === "string" ? below : (Object.keys(below)[0] ?? null)];
}
