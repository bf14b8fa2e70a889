import type { AnyMachineSnapshot } from "xstate";
import { FailureError, type FailureKind, failure } from "../../../machines/failure.ts";
import type { ModemContext, ModemInput } from "../../../machines/modem/context.ts";
import type { AdoptedModem, RegistrationStatus } from "../../../machines/modem/effects.ts";
import { NO_RECOVERY } from "../../../machines/modem/recovery.ts";
import { PORT, type World } from "../world.ts";
import type { Exploration } from "./paths.ts";

const INPUT: ModemInput = {
  port: PORT,
  scheme: { at: 1, data: 3, candidates: [] },
  dial: { init: [], context: 1, dial: "ATD", reset: "" },
  ttys: [],
  interface: `wan${PORT}`,
  recovery: NO_RECOVERY,
};

/** What an earlier agent left. */
export const ADOPTED: AdoptedModem = {
  link: { interface: `wan${PORT}`, address: "10.0.0.2", peer: null, dns: [] },
  ports: { at: `/dev/wanherd/${PORT}/if01`, data: `/dev/wanherd/${PORT}/if03` },
  facts: { manufacturer: null, model: null, imei: null, imsi: null, iccid: "1" },
  bearers: [{ apn: "first", pdpType: "IP", source: "config" }],
  bearerIndex: 0,
};

const tty = (number: number) => ({ tty: { port: PORT, interface: number, path: `if${number}`, driver: "option" } });
const registered = (status: RegistrationStatus) => ({
  registration: { status, technology: null, operator: null, signalDbm: null },
});
const told = (kind: FailureKind) => ({ failure: failure(kind, "told") });
const thrown = (...kinds: readonly FailureKind[]) => kinds.map((kind) => ({ error: new FailureError(kind, "thrown") }));

/** A small alphabet of what can happen to a modem: for each event, the cases that its guards tell apart. */
const CASES: Exploration["cases"] = {
  "tty.appeared": [tty(1), tty(3)],
  "tty.vanished": [{ interface: 1 }, { interface: 7 }],
  // It comes of itself when the machine asks for another pppd.
  "daemon.ending": [],
  // The machine says these to itself.
  "modem.gaveUp": [],
  "modem.identified": [],
  "registration.changed": [registered("home"), registered("roaming"), registered("denied")],
  "registration.failed": [told("DeviceGone"), told("PortSilent")],
  "link.dead": [told("LinkDead")],
  "link.suspect": [told("LinkSuspect")],
  "daemon.notice": [{ name: "connector.waiting" }, { name: "line.taken" }],
  "daemon.ready": [{ detail: { interface: `wan${PORT}`, address: "10.0.0.2", peer: null, dns: [] } }],
  "daemon.exited": [told("LinkLost")],
  "xstate.done.actor.adopt": [{ output: null }, { output: ADOPTED }],
  "xstate.done.actor.findPorts": [{ output: { at: "if1", data: "if3" } }],
  "xstate.done.actor.identify": [
    { output: { facts: { iccid: "1" }, bearers: [{ apn: "first", pdpType: "IP", source: "config" }] } },
  ],
  "xstate.error.actor.findPorts": thrown("PortSilent"),
  "xstate.error.actor.identify": thrown(
    "SimMissing",
    "SimPinNeeded",
    "SimPukNeeded",
    "SimBlocked",
    "SimWrong",
    "SimFailure",
  ),
  "xstate.error.actor.dial": thrown("NoCarrier"),
  "xstate.error.actor.mend": thrown("StepUnavailable"),
  "xstate.error.actor.pppd": thrown("Internal"),
};

/** How to explore the modem machine of a world. */
export function modemExploration(machine: Exploration["machine"], world: World): Exploration {
  return {
    machine,
    input: INPUT,
    // Roaming is forbidden at first, and allowed by the config later.
    outside: {
      allowedAtFirst: false,
      events: [],
      after: (allowed, { type }) => allowed || type === "modem.configured",
      set: (allowed) => {
        world.roaming = allowed;
      },
    },
    cases: CASES,
    essence,
    impossible: (state, { type }) =>
      // pppd's supervisor ends only when it is told to, and a port that tears its modem down tells it nothing more.
      (type === "xstate.done.actor.pppd" && !state.matches({ working: "hangingUp" })) ||
      // XState leaves what a broken supervisor ran: it may break in one place, and is on the way to no other.
      (type === "xstate.error.actor.pppd" &&
        !(
          state.context.recovery.setbacks === 0 && state.matches({ working: { connecting: { call: "identifying" } } })
        )) ||
      (state.context.goal === "stop" && /^(tty\.|modem\.(retry|configured))/.test(type)),
  };
}

function essence(state: AnyMachineSnapshot): unknown {
  const { goal, failure: reason, recovery, registration, settings, ttys } = state.context as ModemContext;
  if (goal === "stop") return "stopping";
  // From the third setback on a step of recovery is due.
  const setbacks = Math.min(recovery.setbacks, 3);
  if (state.matches("probing")) return [setbacks, ttys.length];
  if (state.matches({ working: "connecting" }))
    return [setbacks, registration?.status, settings.roaming, recovery.unproven];
  return [setbacks, reason?.kind];
}
