import { failure, failureFrom } from "../../failure.ts";
import { bearerOf, portsOf } from "../context.ts";
import type { PppLink } from "../effects.ts";
import type { ModemSetup } from "../setup.ts";

/** The way to a link: who is it, which network, the call, PPP; and again when it was lost. */
export function call(modem: ModemSetup) {
  return modem.createStateConfig({
    initial: "identifying",
    states: {
      identifying: {
        invoke: {
          id: "identify",
          src: "identify",
          input: ({ context }) => ({ port: context.port, ports: portsOf(context), dial: context.dial }),
          onDone: {
            target: "registering",
            actions: [{ type: "noteIdentity", params: ({ event }) => event.output }, "fitPppd", "sayIdentified"],
          },
          onError: {
            actions: { type: "giveUpAs", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
      },
      registering: registering(modem),
      // Registered; the call is made as soon as pppd waits at its connector.
      ready: {
        always: { guard: "connectorWaits", target: "dialling" },
        // One that cannot run at all would be started again and again, and nobody told why.
        on: { "daemon.exited": { guard: "pppdFailed", target: "redialling", actions: "notePppdEnd" } },
        after: {
          negotiationTimeout: {
            actions: { type: "giveUp", params: { kind: "NegotiationFailed", what: "pppd did not ask for the call" } },
          },
        },
      },
      dialling: {
        invoke: {
          id: "dial",
          src: "dial",
          input: ({ context }) => ({
            port: context.port,
            ports: portsOf(context),
            bearer: bearerOf(context),
            dial: context.dial,
          }),
          onDone: "negotiating",
          onError: {
            target: "redialling",
            actions: [
              { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              "nextBearer",
            ],
          },
        },
        on: { "daemon.exited": { target: "redialling", actions: "notePppdEnd" } },
      },
      negotiating: {
        on: {
          "daemon.ready": { target: "online", actions: "noteLink" },
          "daemon.exited": { target: "redialling", actions: ["notePppdEnd", "nextBearer"] },
        },
        after: {
          negotiationTimeout: {
            actions: { type: "giveUp", params: { kind: "NegotiationFailed", what: "pppd said nothing" } },
          },
        },
      },
      online: online(modem),
      redialling: {
        tags: "faulted",
        always: { guard: "callingIsNoUse", target: "#modem.working.hangingUp" },
        on: {
          "modem.retry": { target: "registering", actions: "forgetFailures" },
          // Its APN, user or password may be others now, and the pppd that waits has the old ones.
          "modem.configured": { target: "identifying", actions: ["noteSettings", "endCall"] },
        },
        after: { redial: "registering" },
      },
    },
  });
}

/**
 * The link is up and in the pool, on what terms its watch decides. One that was dialled because the last one was silent
 * gets no new connections before it has shown that it is not.
 */
function online(modem: ModemSetup) {
  return modem.createStateConfig({
    tags: "online",
    entry: ["noteOnline", "rememberBearer"],
    exit: ["reportOffline", "forgetLink"],
    invoke: {
      id: "watchLink",
      src: "watchLink",
      input: ({ context }) => ({
        id: context.port,
        link: context.link as PppLink,
        onProbation: context.recovery.unproven,
      }),
      // A link that cannot be watched is still a link, and nobody will say that it is well.
      onError: ".good",
    },
    on: {
      "modem.configured": { actions: ["noteSettings", "reportOnline"] },
      "daemon.exited": { target: "redialling", actions: "notePppdEnd" },
      "link.dead": {
        target: "redialling",
        actions: [{ type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) }, "noteDeath", "endCall"],
      },
      "link.suspect": {
        target: ".suspect",
        actions: { type: "noteReason", params: ({ event }) => ({ failure: event.failure }) },
      },
      "link.well": ".good",
    },
    initial: "deciding",
    states: {
      deciding: { always: [{ guard: "unproven", target: "probation", actions: "noteUnproven" }, { target: "good" }] },
      good: {
        entry: [{ type: "noteStanding", params: "good" }, "reportOnline"],
        after: { stable: { actions: ["forgetFailures", "reportRecovery"] } },
      },
      suspect: { entry: [{ type: "noteStanding", params: "suspect" }, "reportOnline"] },
      probation: { entry: [{ type: "noteStanding", params: "probation" }, "reportOnline"] },
    },
  });
}

/** Until the modem is in a network that it may use. Refused or abroad it goes on listening: that may change. */
function registering(modem: ModemSetup) {
  return modem.createStateConfig({
    always: { guard: "registered", target: "ready" },
    on: {
      "registration.failed": {
        actions: { type: "giveUpAs", params: ({ event }) => ({ failure: event.failure }) },
      },
    },
    initial: "searching",
    states: {
      searching: {
        always: [
          { guard: "denied", target: "denied" },
          { guard: "onForeignNetwork", target: "abroad" },
        ],
        after: {
          registrationTimeout: {
            actions: { type: "giveUp", params: { kind: "RegistrationTimeout", what: "no network was found" } },
          },
        },
      },
      denied: {
        tags: "faulted",
        entry: {
          type: "noteReason",
          params: ({ context }) => ({
            failure: failure("RegistrationDenied", `${context.port}: the network refuses the SIM`),
          }),
        },
        always: { guard: "notDenied", target: "searching" },
      },
      abroad: {
        tags: "faulted",
        entry: {
          type: "noteReason",
          params: ({ context }) => ({
            failure: failure("RoamingForbidden", `${context.port}: only a foreign network is in reach`),
          }),
        },
        always: { guard: "notAbroad", target: "searching" },
      },
    },
  });
}
