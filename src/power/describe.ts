import type { BrownOut, HubPower } from "./types.ts";

/**
 * Why a hub is over-committed, with the names of what hangs on it, in words that follow "hub 1-1 is"; null: it is not.
 * `over-committed by 330 mA: 4 × ZTE MF102 at 500 mA, 3 × RT5370 at 110 mA are 2330 mA, and it has 2000 mA`
 */
export function overText(hub: HubPower): string | null {
  const { overMilliamps, drawnMilliamps, budgetMilliamps, portMilliamps } = hub;
  if (overMilliamps === 0) return null;
  const head = `over-committed by ${overMilliamps} mA`;
  if (overMilliamps > drawnMilliamps - budgetMilliamps) {
    const greedy = { ...hub, devices: hub.devices.filter(({ milliamps }) => milliamps > portMilliamps) };
    return `${head}: it has ${portMilliamps} mA for each port, and feeds ${listed(greedy)}`;
  }
  return `${head}: ${listed(hub)} are ${drawnMilliamps} mA, and it has ${budgetMilliamps} mA`;
}

/** What a hand can do for a hub that cannot feed what hangs on it. */
export function powerAdvice({ source }: HubPower): string {
  return source === "own"
    ? "use a hub with a stronger supply, or take something off it"
    : "use a powered hub, or take something off it";
}

/** Who lost power: `looks like a brown-out (4 min ago): ZTE MF102 in 1-1.1 and … vanished within 2 s of each other and came back` */
export function brownOutText({ kind, modems, times }: BrownOut, age = ""): string {
  const who = joined(modems.map(({ port, name }) => (name === "" ? port : `${name} in ${port}`)));
  const what = kind === "together" ? "vanished within 2 s of each other" : `vanished ${times} times in 5 minutes`;
  return `looks like a brown-out${age}: ${who} ${what} and came back`;
}

/** All that is wrong with a hub's power, and what to do; null: nothing that is known. */
export function powerNote(hub: HubPower, brownOut: BrownOut | null, age = ""): string | null {
  const over = overText(hub);
  if (brownOut === null) return over === null ? null : `${over}; ${powerAdvice(hub)}`;
  const why =
    over === null
      ? `it feeds ${hub.drawnMilliamps} mA of ${hub.budgetMilliamps} mA, so its supply or cable may be weak`
      : `it is ${over}`;
  return `${brownOutText(brownOut, age)}; ${why}; ${powerAdvice(hub)}`;
}

/** What hangs on a hub, like with like: `4 × ZTE MF102 at 500 mA, …`. */
function listed({ devices }: HubPower): string {
  const counts = new Map<string, number>();
  for (const { name, milliamps, port } of devices) {
    const what = `${name === "" ? port : name} at ${milliamps} mA`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return joined([...counts].map(([what, count]) => (count === 1 ? what : `${count} × ${what}`)));
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
