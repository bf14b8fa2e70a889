import { expect } from "vitest";
import { PORT } from "../world.ts";
import type { Stage } from "./stage.ts";

/** What a person may be shown as the state of a port. */
const LABELS: ReadonlySet<string> = new Set([
  "empty",
  "identifying",
  "switching",
  "probing",
  "registering",
  "denied",
  "abroad",
  "dialling",
  "negotiating",
  "online",
  "redialling",
  "draining",
  "resting",
  "recovering",
  "no SIM",
  "PIN needed",
  "PUK needed",
  "SIM blocked",
  "SIM wrong",
  "SIM failing",
  "hanging up",
  "disabled",
  "verifying",
  "joining",
  "serving",
  "rejected",
  "leaving",
  "left alone",
  "stuck",
  "stopped",
]);

/** What holds at every moment, wherever a path leads. */
export function checkInvariants(stage: Stage): void {
  const { portState: port, modemState: modem } = stage;
  const where = `${JSON.stringify(port?.value)} ${JSON.stringify(modem?.value)}`;
  expect(stage.crashes, where).toEqual([]);
  expect(LABELS, where).toContain(stage.label());
  if (modem?.hasTag("faulted") || port?.hasTag("faulted")) {
    expect(modem?.context.failure ?? port?.context.failure, `the reason of ${where}`).not.toBeNull();
  }
  const radio = stage.radioState;
  if (radio?.hasTag("faulted")) expect(radio.context.failure, `the reason of ${where}`).not.toBeNull();
  const isServing = radio?.matches("serving") ?? false;
  expect(stage.hotspot.watchers.size, `a radio watched in ${JSON.stringify(radio?.value)}`).toBe(isServing ? 1 : 0);
  const inPool = stage.applied.at(-1)?.uplinks.some((uplink) => uplink.id === PORT) ?? false;
  if (!stage.stopping) expect(inPool, `in the pool in ${where}`).toBe(modem?.hasTag("online") ?? false);
  const pick = stage.applied.at(-1)?.pick ?? [];
  if (stage.portState?.matches({ occupied: "draining" })) expect(pick, `new connections in ${where}`).toEqual([]);
  const working = modem?.matches("working") ?? false;
  if (!working && !stage.pppdLingers) expect(stage.pppd.size, `pppd in ${where}`).toBe(0);
  const isIn = (...path: readonly string[]): boolean => modem?.matches(nested(path)) ?? false;
  const watching = isIn("working", "connecting", "watch", "listening");
  expect(stage.registration.has(PORT), `registration watched in ${where}`).toBe(watching);
  expect(stage.sim.has(PORT), `SIM watched in ${where}`).toBe(isIn("awaitingSim"));
  const counting = port?.matches({ occupied: { draining: "counting" } }) ?? false;
  expect(stage.drain.has(PORT), `connections counted in ${where}`).toBe(counting);
  const online = isIn("working", "connecting", "call", "online");
  const isGood = isIn("working", "connecting", "call", "online", "good");
  if (online) expect(modem?.context.failure === null, `a reason in ${where}`).toBe(isGood);
  if (!online) expect(stage.link.has(PORT), `link watched in ${where}`).toBe(false);
  expect(stage.holdsTurn, `a turn held in ${where}`).toBe(isIn("mending"));
  if (isIn("working", "connecting", "call", "dialling")) {
    expect(stage.pppd.has(PORT) && !stage.pppdEnding.has(PORT), "a call is made only for a pppd that waits").toBe(true);
  }
}

function nested(path: readonly string[]): string | Record<string, unknown> {
  const [head = "", ...rest] = path;
  return rest.length === 0 ? head : { [head]: nested(rest) };
}
