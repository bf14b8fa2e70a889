import { assign, enqueueActions, fromCallback, fromPromise, raise, sendParent, sendTo, setup, stateIn } from "xstate";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { DialPlan } from "../../src/rules/types.ts";
import { backoffMs } from "../backoff.ts";
import { createDaemonMachine, type DaemonTimes } from "../daemon/machine.ts";
import { type Failure, type FailureKind, failure, mendOf } from "../failure.ts";
import { ttysAfter } from "../ttys.ts";
import type { LinkEvent, Standing, WatchedLink } from "../uplinks/effects.ts";
import {
  currentBearer,
  type ModemContext,
  type ModemEvent,
  type ModemInput,
  pppStart,
  schemeIsComplete,
} from "./context.ts";
import type {
  AdoptedModem,
  Bearer,
  ModemEffects,
  ModemFacts,
  ModemPorts,
  PppLink,
  PppStart,
  RecoveryStep,
  RegistrationEvent,
  SimEvent,
} from "./effects.ts";
import { afterSetback, afterStep, atFoot, atStep, dueStep, isExhausted, proven } from "./recovery.ts";
import type { ModemTimes } from "./times.ts";

/** pppd as a supervised process: it waits for the call at its connector, so it is started again at once. */
const PPPD_TIMES: DaemonTimes = {
  // It is ready only when IPCP is through, and before that it waits for registration and dialling, whose bounds are the modem's.
  startTimeoutMs: 24 * 3_600_000,
  stopTimeoutMs: 3_000,
  stableMs: 60_000,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
};

export interface ModemDependencies {
  readonly effects: ModemEffects;
  readonly random: () => number;
  readonly times?: ModemTimes;
}

/** The words that the modem's statechart is written in: what it can do, ask, remember and wait for. */
export function setUpModem({ effects, random, times }: ModemDependencies & { times: ModemTimes }) {
  return setup({
    types: {
      context: {} as ModemContext,
      events: {} as ModemEvent,
      input: {} as ModemInput,
      tags: {} as "online" | "faulted" | "unplugExpected",
    },
    actors: {
      adopt: fromPromise<AdoptedModem | null, { port: PortPath }>(({ input, signal }) => effects.adopt(input, signal)),
      findPorts: fromPromise<ModemPorts, Pick<ModemContext, "port" | "ttys" | "scheme">>(({ input, signal }) =>
        effects.findPorts(input, signal),
      ),
      identify: fromPromise<
        { facts: ModemFacts; bearers: readonly Bearer[] },
        { port: PortPath; ports: ModemPorts; dial: DialPlan }
      >(async ({ input, signal }) => {
        const facts = await effects.identify(input, signal);
        return { facts, bearers: await effects.chooseBearers({ port: input.port, facts }, signal) };
      }),
      watchRegistration: fromCallback<RegistrationEvent, { port: PortPath; ports: ModemPorts }>(({ input, sendBack }) =>
        effects.watchRegistration(input, sendBack),
      ),
      watchSim: fromCallback<SimEvent, { port: PortPath; ports: ModemPorts }>(({ input, sendBack }) =>
        effects.watchSim(input, sendBack),
      ),
      watchLink: fromCallback<LinkEvent, WatchedLink>(({ input, sendBack }) => effects.watchLink(input, sendBack)),
      dial: fromPromise<void, { port: PortPath; ports: ModemPorts; bearer: Bearer; dial: DialPlan }>(
        ({ input, signal }) => effects.dial(input, signal),
      ),
      pppd: createDaemonMachine<PppStart>(effects.runPppd, PPPD_TIMES, random),
      takeTurn: fromPromise<void, { port: PortPath }>(({ input, signal }) => effects.takeTurn(input, signal)),
      mend: fromPromise<void, { port: PortPath; ports: ModemPorts | null; step: RecoveryStep; dial: DialPlan }>(
        ({ input, signal }) => effects.mend(input, signal),
      ),
      release: fromPromise<void, { port: PortPath }>(({ input, signal }) => effects.release(input, signal)),
    },
    guards: {
      schemeComplete: ({ context }) => schemeIsComplete(context),
      anyTty: ({ context }) => context.ttys.length > 0,
      registered: ({ context }) =>
        context.registration?.status === "home" ||
        (context.registration?.status === "roaming" && context.settings.roaming),
      denied: ({ context }) => context.registration?.status === "denied",
      onForeignNetwork: ({ context }) => context.registration?.status === "roaming" && !context.settings.roaming,
      notDenied: ({ context }) => context.registration?.status !== "denied",
      notAbroad: ({ context }) => context.registration?.status !== "roaming" || context.settings.roaming,
      isOurPort: ({ context, event }) => {
        if (event.type !== "tty.vanished" || context.ports === null) return false;
        const tty = context.ttys.find((one) => one.interface === event.interface);
        return tty !== undefined && (tty.path === context.ports.at || tty.path === context.ports.data);
      },
      atPortIsGone: ({ event }) => event.type === "registration.failed" && event.failure.kind === "DeviceGone",
      connectorWaits: stateIn({ working: { connecting: { connector: "waiting" } } }),
      saysConnectorWaits: ({ event }) => event.type === "daemon.notice" && event.name === "connector.waiting",
      saysLineIsTaken: ({ event }) => event.type === "daemon.notice" && event.name === "line.taken",
      /** It was not ended for another to take its place. */
      pppdFailed: ({ event }) => event.type === "daemon.exited" && event.failure !== null,
      stopping: ({ context }) => context.goal === "stop",
      failedBy: ({ context }, kind: FailureKind) => context.failure?.kind === kind,
      simNeedsHand: ({ context }) =>
        context.ports !== null && context.failure !== null && SIM_FAULTS.has(context.failure.kind),
      unproven: ({ context }) => context.recovery.unproven,
      stepIsDue: ({ context: { failure, recovery } }) => failure !== null && dueStep(recovery, failure.kind) !== null,
      /** A step of recovery is due, or all were taken. */
      callingIsNoUse: ({ context: { failure, recovery } }) =>
        failure !== null && (dueStep(recovery, failure.kind) !== null || isExhausted(recovery, failure.kind)),
    },
    actions: {
      addTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      dropTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      noteSettings: assign({ settings: ({ context: { port, facts } }) => effects.settings({ port, facts }) }),
      noteRegistration: assign({
        registration: ({ context, event }) =>
          event.type === "registration.changed" ? event.registration : context.registration,
      }),
      noteIdentity: assign(({ context }, params: { facts: ModemFacts; bearers: readonly Bearer[] }) => ({
        ...params,
        settings: effects.settings({ port: context.port, facts: params.facts }),
        // Another SIM has bearers of its own: the first of them is the one to begin with.
        bearerIndex: context.facts?.iccid === params.facts.iccid ? context.bearerIndex : 0,
      })),
      noteAdopted: assign(({ context }, modem: AdoptedModem) => ({
        ...modem,
        settings: effects.settings({ port: context.port, facts: modem.facts }),
      })),
      /** Something failed: why, and one setback more. */
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
        recovery: ({ context }) => afterSetback(context.recovery),
      }),
      notePppdEnd: assign({
        failure: ({ context, event }) =>
          (event.type === "daemon.exited" ? event.failure : null) ??
          failure("LinkLost", `pppd on ${context.port} ended`),
        attempts: ({ context }) => context.attempts + 1,
        recovery: ({ context }) => afterSetback(context.recovery),
      }),
      /** Why it has to wait, where nothing of its own failed. */
      noteReason: assign({ failure: (_, params: { failure: Failure }) => params.failure }),
      forgetFailures: assign({ attempts: 0, recovery: ({ context }) => atFoot(context.recovery) }),
      noteOnline: assign({ attempts: 0 }),
      noteStanding: assign(({ context }, standing: Standing) => ({
        standing,
        // On probation it is said why; what made it suspect comes with that.
        failure: standing === "good" ? null : context.failure,
        recovery: standing === "probation" ? context.recovery : proven(context.recovery, true),
      })),
      noteUnproven: assign({
        failure: ({ context: { port, failure: death } }) =>
          failure(
            "LinkUnproven",
            `${death?.message ?? `${port}: a call before this one carried no data`}; called anew`,
          ),
      }),
      noteDeath: assign({ recovery: ({ context }) => proven(context.recovery, false) }),
      noteLink: assign({
        link: ({ event }) => (event.type === "daemon.ready" ? (event.detail as unknown as PppLink) : null),
      }),
      forgetLink: assign({ link: null }),
      giveUp: enqueueActions(({ context, enqueue }, { kind, what }: { kind: FailureKind; what: string }) => {
        enqueue.raise({ type: "modem.gaveUp", failure: failure(kind, `${context.port}: ${what}`) });
      }),
      giveUpAs: enqueueActions(({ enqueue }, params: { failure: Failure }) => {
        enqueue.raise({ type: "modem.gaveUp", failure: params.failure });
      }),
      sayIdentified: raise({ type: "modem.identified" }),
      nextBearer: enqueueActions(({ context, enqueue }) => {
        if (context.bearers.length < 2) return;
        const bearerIndex = context.bearerIndex + 1;
        enqueue.assign({ bearerIndex });
        // User and password belong to the bearer, and a pppd that waits has the last one's.
        enqueue.sendTo("pppd", { type: "daemon.restart", start: pppStart({ ...context, bearerIndex }) });
      }),
      /** A pppd that was started before the bearer was known has nobody's user and password, and IPv4 only. */
      fitPppd: enqueueActions(({ context, enqueue }) => {
        const bearer = currentBearer(context);
        if (bearer?.ownAccount === true || (bearer !== null && bearer.pdpType !== "IP"))
          enqueue.sendTo("pppd", { type: "daemon.restart", start: pppStart(context) });
      }),
      endCall: sendTo("pppd", ({ context }) => ({ type: "daemon.restart", start: pppStart(context) })),
      stopPppd: sendTo("pppd", { type: "daemon.stop" }),
      aimAtStop: assign({ goal: "stop" }),
      rememberBearer: ({ context }) => {
        const bearer = currentBearer(context);
        if (bearer !== null && context.facts !== null) effects.rememberBearer({ facts: context.facts, bearer });
      },
      beginStep: assign({
        recovery: ({ context }) => {
          const step = context.failure === null ? null : dueStep(context.recovery, context.failure.kind);
          return step === null ? context.recovery : atStep(context.recovery, step);
        },
        // What came before the step says nothing of how soon to call after it.
        attempts: 0,
      }),
      endStep: assign({ recovery: ({ context }, { done }: { done: boolean }) => afterStep(context.recovery, done) }),
      endTurn: ({ context }) => effects.endTurn({ port: context.port }),
      climbDown: assign({
        recovery: ({ context }) =>
          context.failure !== null && isExhausted(context.recovery, context.failure.kind)
            ? atFoot(context.recovery)
            : context.recovery,
      }),
      reportRecovery: sendParent(({ context }) => ({ type: "modem.recovery", recovery: context.recovery })),
      reportOnline: sendParent(({ context }) => ({
        type: "modem.online",
        link: context.link,
        rank: context.settings.rank,
        standing: context.standing,
      })),
      reportOffline: sendParent({ type: "modem.offline" }),
    },
    delays: {
      portsSettle: times.portsSettleMs,
      portsTimeout: times.portsTimeoutMs,
      registrationTimeout: times.registrationTimeoutMs,
      negotiationTimeout: times.negotiationTimeoutMs,
      watchRetry: times.watchRetryMs,
      redial: ({ context }) => backoffMs(context.attempts, times.redialBaseMs, times.redialMaxMs, random),
      rest: ({ context }) => {
        const { failure, recovery } = context;
        if (failure !== null && isExhausted(recovery, failure.kind)) return times.restSpentMs;
        const mend = failure === null ? "soon" : mendOf(failure.kind);
        if (mend === "hand") return times.restHandMs;
        if (mend === "later") return times.restLaterMs;
        return backoffMs(context.attempts, times.restSoonMs, times.restSoonMaxMs, random);
      },
      stable: times.stableMs,
      simRetry: times.simRetryMs,
      stepTimeout: times.stepTimeoutMs,
      afterStep: ({ context }) => (context.recovery.step === "radio" ? times.afterRadioMs : times.afterResetMs),
      hangUpTimeout: times.hangUpTimeoutMs,
    },
  });
}

/** Faults of the SIM that a hand must mend: the SIM is watched meanwhile. */
const SIM_FAULTS: ReadonlySet<FailureKind> = new Set([
  "SimMissing",
  "SimPinNeeded",
  "SimPukNeeded",
  "SimBlocked",
  "SimWrong",
  "SimFailure",
]);

export type ModemSetup = ReturnType<typeof setUpModem>;
