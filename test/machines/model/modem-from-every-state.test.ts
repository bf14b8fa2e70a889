import { describe, expect, test } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import type { FailureKind } from "../../../machines/failure.ts";
import { LADDER } from "../../../machines/modem/recovery.ts";
import { isLeaf, nodeName, statesOf } from "./definition.ts";
import { getsOnline, restart, YANKS, yank } from "./ends.ts";
import { checkInvariants } from "./invariants.ts";
import { walkModem } from "./modem-driver.ts";
import { modemExploration } from "./modem-events.ts";
import { explore, type Path } from "./paths.ts";
import { Stage } from "./stage.ts";

const asked = new Stage();
const { modem } = asked.machines;
const { toStates } = explore(modemExploration(modem, asked));

/** The shortest path that ends in this state; none for a state that is left in the moment it is entered. */
function wayTo(name: string): { state: AnyMachineSnapshot; path: Path } | undefined {
  const ways = toStates.filter(({ state }) => state._nodes.some((node) => isLeaf(node) && nodeName(node) === name));
  return ways.find(({ state }) => state.context.goal !== "stop") ?? ways[0];
}

async function stageIn(name: string): Promise<Stage> {
  const stage = await new Stage().start();
  await walkModem(stage, wayTo(name)?.path ?? []);
  expect(stage.modemState?._nodes.map(nodeName), `on the way to ${name}`).toContain(name);
  return stage;
}

/** How each of the modem's actors can fail. */
const FAILURES: Readonly<Record<string, readonly FailureKind[]>> = {
  adopt: ["Internal"],
  findPorts: ["PortSilent", "PortGarbled", "PortBusy", "DeviceGone", "Internal"],
  identify: ["PortSilent", "CommandRefused", "SimBusy", "SimMissing", "SimFailure", "DeviceGone", "Internal"],
  dial: ["NoCarrier", "Busy", "DialRefused", "DialTimeout", "CommandRefused", "DeviceGone", "Internal"],
  pppd: ["LinkLost", "AuthenticationRefused", "NegotiationFailed", "LinkLooped", "ProgramMissing", "ProcessCrashed"],
  watchRegistration: ["PortSilent", "PortGarbled", "DeviceGone", "Internal"],
  watchSim: ["PortSilent"],
  watchLink: ["LinkDead"],
  takeTurn: ["Internal"],
  mend: ["StepUnavailable", "CommandRefused", "PortSilent", "DeviceRefused", "DeviceGone"],
  release: ["Internal"],
};

/** Where a failure is why the modem is not online; elsewhere it was not before, or it goes on. */
const TELLS_WHY = /(findPorts|identify|dial)$|call\.(dialling|negotiating|online) pppd$/;

async function fail(stage: Stage, actor: string, kind: FailureKind): Promise<void> {
  const failure = { kind, message: `${actor} failed` };
  if (actor === "pppd") return stage.pppEnds(kind);
  if (actor === "watchRegistration") return stage.tell(stage.registration, { type: "registration.failed", failure });
  if (actor === "watchLink") return stage.tell(stage.link, { type: "link.dead", failure });
  if (actor === "watchSim") return stage.tell(stage.sim, { type: "sim.changed" });
  const names: readonly string[] = actor === "mend" ? LADDER : [actor];
  const effect = stage.holds.waiting.findLast((name) => names.includes(name));
  expect(effect, `${actor} is under way`).toBeDefined();
  await stage.outcome(effect ?? "", kind);
}

const lasting = statesOf(modem).filter((name) => wayTo(name) !== undefined && name !== "stopped");

describe.each(lasting)("from %s", (name) => {
  test.each(YANKS)("a yank, %s → empty", async (how) => {
    await yank(await stageIn(name), how);
  });

  test("a restart → stopped", async () => {
    await restart(await stageIn(name));
  });

  test("a world that turns good → online", async () => {
    await getsOnline(await stageIn(name));
  });

  const under = Object.keys(wayTo(name)?.state.children ?? {});
  test.each(under)("%s fails → a named state, and online when the world turns good", async (actor) => {
    for (const kind of FAILURES[actor] ?? []) {
      const stage = await stageIn(name);
      await fail(stage, actor, kind);
      checkInvariants(stage);
      if (TELLS_WHY.test(`${name} ${actor}`)) expect(stage.modemContext()?.failure?.kind).toBe(kind);
      await getsOnline(stage);
    }
  });
});
