import type { StateValue } from "xstate";

/** Names a person sees for the machines' states where they differ from the machine's own. */
const PORT_LABELS: Readonly<Record<string, string>> = {
  doubting: "identifying",
  leftAlone: "left alone",
  clearing: "hanging up",
  stopping: "hanging up",
};

/** The state of a port in one word of the public interface; a port with a modem in it shows the modem's. */
export function portLabel(port: StateValue, modem: StateValue | null): string {
  const [outer, inner] = outermost(port);
  if (outer === "occupied") {
    if (inner !== null && PORT_LABELS[inner] !== undefined) return PORT_LABELS[inner];
    return modem === null ? "probing" : modemLabel(modem);
  }
  return PORT_LABELS[outer] ?? outer;
}

/** The state of a modem in one word: `probing`, `registering`, `dialling`, `negotiating`, `online`, `resting`, … */
export function modemLabel(value: StateValue): string {
  const [outer, inner] = outermost(value);
  if (outer === "working" && typeof value === "object") {
    const working = value.working;
    if (inner === "connecting" && typeof working === "object" && typeof working.connecting === "object") {
      const call = working.connecting.call;
      // Registered, and pppd not at its connector yet: still on the way to dialling.
      if (typeof call === "string") return call === "ready" ? "dialling" : call;
    }
    return "hanging up";
  }
  if (outer === "identifying") return "probing";
  if (outer === "releasing" || outer === "released") return "hanging up";
  return outer;
}

function outermost(value: StateValue): readonly [string, string | null] {
  if (typeof value === "string") return [value, null];
  const [outer, below] = Object.entries(value)[0] ?? ["", undefined];
  if (below === undefined) return [outer, null];
  return [outer, typeof below === "string" ? below : (Object.keys(below)[0] ?? null)];
}
