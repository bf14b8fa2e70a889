import { assign } from "xstate";
import { type AgentDependencies, setUpAgent } from "./setup.ts";

/**
 * The whole agent: one port actor per physical USB port that ever held something, one pool of uplinks, one
 * resolver, one access point.
 *
 * ```
 * preparing ─▶ running ─ agent.stop ─▶ stopping (ports, radios and resolver tear down) ─▶ closing (the access point)
 *                                                                   ─▶ restoring (the network) ─▶ stopped (final)
 * ```
 */
export function createAgentMachine(dependencies: AgentDependencies) {
  return setUpAgent(dependencies).createMachine({
    id: "agent",
    context: {
      ports: [],
      stopping: [],
      adopted: [],
      stopAsked: false,
      interfaces: [],
      radios: [],
      namedRadios: [],
      accessPointEnded: false,
      resolverEnded: false,
      bundleEnded: false,
    },
    initial: "preparing",
    states: {
      preparing: {
        // What is left of an earlier agent has to be known before it can be taken out.
        on: { "agent.stop": { actions: assign({ stopAsked: true }) } },
        invoke: {
          id: "prepare",
          src: "prepare",
          onDone: { target: "prepared", actions: assign({ adopted: ({ event }) => event.output }) },
          onError: "prepared",
        },
      },
      prepared: {
        always: [{ guard: ({ context }) => context.stopAsked, target: "alive.stopping" }, { target: "alive" }],
      },
      alive: {
        invoke: [
          {
            id: "uplinks",
            src: "uplinks",
            input: ({ context }) => ({ adopted: context.adopted }),
            onDone: "stopped",
            onError: "stopped",
          },
          // Without it there is still a network.
          {
            id: "resolver",
            src: "resolver",
            onDone: { actions: "noteResolverEnd" },
            onError: { actions: "noteResolverEnd" },
          },
          // Without it its links are balanced.
          {
            id: "bundle",
            src: "bundle",
            onDone: { actions: "noteBundleEnd" },
            onError: { actions: ["noteBundleEnd", "dropRoute"] },
          },
          // The same holds for wired clients without this.
          {
            id: "accessPoint",
            src: "accessPoint",
            onDone: { actions: "noteAccessPointEnd" },
            onError: { actions: "noteAccessPointEnd" },
          },
        ],
        on: {
          "radio.offered": { actions: "tellAccessPoint" },
          "radio.surveyed": { actions: "tellAccessPoint" },
          "radio.serving": { actions: "tellAccessPoint" },
          "radio.withdrawn": { actions: "tellAccessPoint" },
          "radio.order": [{ guard: "isKnownPort", actions: "tellPort" }, { actions: "tellNamedRadio" }],
          "xstate.done.actor.*": { guard: "isNamedRadio", actions: "dropRadio" },
          "xstate.error.actor.*": [
            { guard: "isPort", actions: ["dropFailedPort", "dropItsLink", "forgetPort"] },
            { guard: "isInterface", actions: "dropFailedInterface" },
            { guard: "isNamedRadio", actions: "dropRadio" },
          ],
        },
        initial: "running",
        states: {
          running: {
            entry: ["configureInterfaces", "configureRadios"],
            invoke: { id: "hotplug", src: "hotplug", onError: "stopping" },
            on: {
              "device.attached": [
                { guard: "isNewPort", actions: ["notePort", "spawnPort", "tellPort"] },
                { actions: "tellPort" },
              ],
              "device.detached": { guard: "isKnownPort", actions: "tellPort" },
              "tty.appeared": { guard: "isKnownPort", actions: "tellPort" },
              "tty.vanished": { guard: "isKnownPort", actions: "tellPort" },
              "radio.appeared": [
                { guard: "isKnownPort", actions: "tellPort" },
                { actions: ["noteRadio", "tellNamedRadio"] },
              ],
              "radio.vanished": [
                { guard: "isKnownPort", actions: "tellPort" },
                { actions: ["noteRadio", "tellNamedRadio"] },
              ],
              // While stopping they are not passed on: all links leave the kernel together at the end.
              "uplink.joined": { actions: ["tellUplinks", "noteTakenOver"] },
              "uplink.left": { actions: ["tellUplinks", "noteTakenOver"] },
              "uplinks.configured": { actions: "tellUplinks" },
              "uplinks.measured": { actions: "tellUplinks" },
              "nameServers.changed": { actions: { type: "tellResolver", params: ({ event }) => event } },
              "bundle.members": { actions: { type: "tellBundle", params: ({ event }) => event } },
              "bundle.routed": { actions: "tellUplinks" },
              "bundle.configured": { actions: { type: "tellBundle", params: ({ event }) => event } },
              "port.command": { guard: "isKnownPort", actions: "tellPort" },
              "lan.changed": { actions: { type: "tellResolver", params: { type: "resolver.configured" } } },
              "config.changed": {
                actions: [
                  "configureUplinks",
                  "configureInterfaces",
                  "configureAccessPoint",
                  "configureRadios",
                  { type: "tellResolver", params: { type: "resolver.configured" } },
                  { type: "tellBundle", params: { type: "bundle.configured" } },
                  { type: "tellAllPorts", params: { type: "port.configured" } },
                ],
              },
              "agent.stop": "stopping",
            },
            initial: "adopting",
            states: {
              // Each port takes its own link over when its modem is found there.
              adopting: {
                always: { guard: "allTakenOver", target: "abandoning" },
                after: { adoptTimeout: "abandoning" },
              },
              abandoning: {
                entry: "dropAdopted",
                invoke: {
                  id: "abandon",
                  src: "abandon",
                  onDone: { target: "settled", actions: "forgetAdopted" },
                  onError: { target: "settled", actions: "forgetAdopted" },
                },
              },
              settled: {},
            },
          },
          stopping: {
            entry: [
              "noteStopping",
              { type: "tellResolver", params: { type: "resolver.stop" } },
              { type: "tellBundle", params: { type: "bundle.stop" } },
              { type: "tellAllPorts", params: { type: "port.stop" } },
              "stopRadios",
            ],
            invoke: {
              id: "abandon",
              src: "abandon",
              onDone: { actions: "forgetAdopted" },
              onError: { actions: "forgetAdopted" },
            },
            on: { "port.stopped": { actions: "noteStopped" } },
            always: { guard: "allStopped", target: "closing" },
            after: { stopTimeout: "closing" },
          },
          closing: {
            entry: "stopAccessPoint",
            always: { guard: "accessPointEnded", target: "restoring" },
            after: { closeTimeout: "restoring" },
          },
          restoring: {
            entry: "restoreNetwork",
            after: { restoreTimeout: "#agent.stopped" },
          },
        },
      },
      stopped: { type: "final" },
    },
  });
}
