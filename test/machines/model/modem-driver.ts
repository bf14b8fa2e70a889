import { expect } from "vitest";
import type { EventObject } from "xstate";
import type { Failure } from "../../../machines/failure.ts";
import type { AdoptedModem, RegistrationEvent } from "../../../machines/modem/effects.ts";
import { LADDER } from "../../../machines/modem/recovery.ts";
import type { Tty } from "../../../src/hotplug/types.ts";
import { PORT } from "../world.ts";
import { checkInvariants } from "./invariants.ts";
import type { Path } from "./paths.ts";
import type { Stage } from "./stage.ts";

/** Longest that a supervised pppd is away before it is started again. */
const PPPD_BACK_MS = 60_000;

/** All that an event of a path may carry. */
type Happening = EventObject & {
  readonly tty: Tty;
  readonly interface: number;
  readonly failure: Failure;
  readonly name: string;
  readonly error: { readonly failure: Failure };
  readonly output: AdoptedModem | null;
};

/** Plugs a modem in and leads it along a path, as far as time and its effects let it go there. */
export async function walkModem(stage: Stage, path: Path): Promise<void> {
  stage.roaming = false;
  await stage.plug("12d1:1001");
  for (const [index, { event, state }] of path.entries()) {
    const next = path[index + 1]?.event as Happening | undefined;
    // A watcher's start fails, or does not, the moment its state is entered.
    const watcher = /^xstate\.error\.actor\.(watch\w+)$/.exec(next?.type ?? "")?.[1];
    if (watcher !== undefined) stage.fails.set(watcher, ["Internal"]);
    // It ends when the path says so.
    stage.pppdLingers = [path[index - 1]?.state, state].some((one) => one?.matches({ working: "hangingUp" }));
    await happen(stage, event as Happening);
    checkInvariants(stage);
  }
}

/** Makes the world do what an event of the model says happened. */
async function happen(stage: Stage, event: Happening): Promise<void> {
  if (event.type === "xstate.done.actor.adopt" && event.output !== null) stage.adoptable.set(PORT, event.output);
  const [, end, actor = ""] = /^xstate\.(done|error)\.actor\.(\w+)$/.exec(event.type) ?? [];
  if (end !== undefined) return comeTo(stage, actor, end === "error" ? (event.error?.failure ?? INTERNAL) : null);
  if (event.type.startsWith("xstate.after.")) return stage.passUntil(event.type);
  switch (event.type) {
    case "tty.appeared":
      return stage.tty(event.tty.interface);
    case "tty.vanished":
      return stage.ttyGone(event.interface);
    case "modem.retry":
      return stage.command("retry");
    case "modem.stop":
      // A port hears only the first of two commands to tear down; the agent's own end comes on top of it.
      if (stage.modemContext()?.goal !== "stop") return stage.command("disable");
      stage.agent.send({ type: "agent.stop" });
      return stage.settle();
    case "modem.configured":
      stage.roaming = true;
      return stage.configure();
    case "registration.changed":
    case "registration.failed":
      return stage.tell(stage.registration, event as unknown as RegistrationEvent);
    case "sim.changed":
      return stage.tell(stage.sim, { type: "sim.changed" });
    case "link.dead":
    case "link.suspect":
      return stage.tell(stage.link, { type: event.type, failure: event.failure });
    case "link.well":
      return stage.tell(stage.link, { type: "link.well" });
    case "daemon.notice":
      await pppdRuns(stage);
      if (event.name === "connector.waiting") stage.pppdWaits = true;
      return stage.tell(stage.pppd, { type: "process.notice", name: event.name });
    case "daemon.ready":
      await pppdRuns(stage);
      return stage.pppUp();
    case "daemon.exited":
      await pppdRuns(stage);
      return stage.pppEnds(event.failure.kind);
    default:
      throw new Error(`nothing is known of how ${event.type} happens`);
  }
}

const INTERNAL: Failure = { kind: "Internal", message: "" };

/** An effect under way comes to its end. */
async function comeTo(stage: Stage, actor: string, failure: Failure | null): Promise<void> {
  if (actor === "pppd") {
    if (failure !== null) return crashPppdsSupervisor(stage);
    return stage.pppEnds("ProcessCrashed");
  }
  const names: readonly string[] = actor === "mend" ? LADDER : [actor];
  const effect = stage.holds.waiting.findLast((name) => names.includes(name));
  if (effect !== undefined) await stage.outcome(effect, failure?.kind);
}

/** A fault of our own in the machine that supervises pppd; nothing else can end it. */
async function crashPppdsSupervisor(stage: Stage): Promise<void> {
  stage.random = () => {
    throw new Error("no random number");
  };
  await stage.pppEnds("ProcessCrashed");
  stage.random = () => 0.5;
  expect(stage.crashes.splice(0)).toEqual(["daemon: Error: no random number"]);
}

async function pppdRuns(stage: Stage): Promise<void> {
  const end = stage.clock.now() + PPPD_BACK_MS;
  while (!stage.pppd.has(PORT) && stage.clock.now() < end && (await stage.passToNextTimer())) {}
}
