import { assign, enqueueActions, fromCallback, sendParent, sendTo, setup } from "xstate";
import type { InterfaceId } from "../../src/net/types.ts";
import { type Failure, failureFrom } from "../failure.ts";
import type { Link, LinkEvent, Standing, WatchedLink } from "../uplinks/effects.ts";
import type { InterfaceCondition, InterfaceEffects, InterfaceEvent } from "./effects.ts";

export interface InterfaceContext {
  readonly id: InterfaceId;
  /** As last seen; null: not looked at yet. */
  readonly seen: InterfaceCondition | null;
  readonly standing: Standing;
  /** Why it is dead, suspect or on probation. */
  readonly failure: Failure | null;
}

type Event = InterfaceEvent | LinkEvent | { type: "interface.configured" };

export interface InterfaceTimes {
  /** From death to the first question anew. Long enough for the kernel to let go of the link, and of its connections. */
  readonly deadMs: number;
  /** After a fault of our own. */
  readonly failedMs: number;
}

const TIMES: InterfaceTimes = { deadMs: 3_000, failedMs: 60_000 };

/**
 * An uplink that is an interface which exists without us: whoever set it up (a DHCP client, ifupdown, NetworkManager,
 * systemd-networkd) keeps it up. It is in the pool while it has an address, a router and data that comes through.
 *
 * ```
 * looking ─ interface.seen ─▶ absent | down | unplugged | unaddressed | unrouted | clashing
 *                           └▶ online ─ carrying ─ link.dead ─▶ dead (out of the pool) ─▶ carrying (on probation)
 * ```
 * Nothing can be redialled here. So a dead link comes back on probation, where it is asked and gets no new connections as
 * long as there is a better one, and is good again when it has answered for ten seconds.
 */
export function createInterfaceMachine(effects: InterfaceEffects, times = TIMES) {
  const seenAs = (condition: InterfaceCondition["condition"]) => ({
    guard: { type: "isSeenAs" as const, params: { condition } },
    target: `.${condition === "ready" ? "online" : condition}` as const,
    actions: condition === "ready" ? (["noteSeen"] as const) : (["reportEnd", "noteSeen"] as const),
  });
  return setup({
    types: { context: {} as InterfaceContext, events: {} as Event, input: {} as { id: InterfaceId } },
    actors: {
      watchInterface: fromCallback<{ type: "look" }, { id: InterfaceId }>(({ input, sendBack, receive }) => {
        const watch = effects.watchInterface(input.id, sendBack);
        receive(() => watch.look());
        return () => watch.end();
      }),
      watchLink: fromCallback<LinkEvent, WatchedLink>(({ input, sendBack }) => effects.watchLink(input, sendBack)),
    },
    guards: {
      isSeenAs: ({ event }, params: { condition: string }) =>
        event.type === "interface.seen" && event.condition === params.condition,
      isSameLink: ({ context, event }) =>
        event.type === "interface.seen" && event.condition === "ready" && isSame(linkOf(context.seen), event.link),
      isOnProbation: ({ context }) => context.standing === "probation",
    },
    actions: {
      noteSeen: assign(({ event }) => {
        if (event.type !== "interface.seen") return {};
        const { type: _, ...seen } = event;
        return { seen, standing: "good", failure: null };
      }),
      noteSuspect: assign(({ event }) =>
        event.type === "link.suspect" ? { standing: "suspect", failure: event.failure } : {},
      ),
      noteWell: assign({ standing: "good", failure: null }),
      noteDeath: assign({ failure: (_, params: { failure: Failure }) => params.failure }),
      noteProbation: assign({ standing: "probation" }),
      look: sendTo("watchInterface", { type: "look" }),
      reportJoined: enqueueActions(({ context: { id, seen, standing }, enqueue }) => {
        const link = linkOf(seen);
        if (link === null) return;
        enqueue.sendParent({ type: "uplink.joined", id, link, rank: effects.rank(id), standing });
      }),
      reportEnd: enqueueActions(({ context: { id, seen }, enqueue }) => {
        if (seen?.condition === "ready") enqueue.sendParent({ type: "uplink.left", id });
      }),
      reportLeft: sendParent(({ context }) => ({ type: "uplink.left", id: context.id })),
    },
    delays: { dead: times.deadMs, failed: times.failedMs },
  }).createMachine({
    id: "interface",
    context: ({ input }) => ({ id: input.id, seen: null, standing: "good", failure: null }),
    initial: "watching",
    states: {
      watching: {
        invoke: {
          id: "watchInterface",
          src: "watchInterface",
          input: ({ context }) => ({ id: context.id }),
          onError: {
            target: "failed",
            actions: { type: "noteDeath", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
        on: {
          "interface.seen": [
            { guard: "isSameLink" },
            seenAs("absent"),
            seenAs("down"),
            seenAs("unplugged"),
            seenAs("unaddressed"),
            seenAs("unrouted"),
            seenAs("clashing"),
            seenAs("ready"),
          ],
          "interface.configured": { actions: "look" },
        },
        initial: "looking",
        states: {
          looking: {},
          absent: {},
          down: {},
          unplugged: {},
          unaddressed: {},
          unrouted: {},
          clashing: {},
          online: {
            initial: "carrying",
            states: {
              carrying: {
                entry: "reportJoined",
                invoke: {
                  id: "watchLink",
                  src: "watchLink",
                  input: ({ context }) => ({
                    id: context.id,
                    link: linkOf(context.seen) as Link,
                    onProbation: context.standing === "probation",
                  }),
                  onError: {
                    target: "dead",
                    actions: { type: "noteDeath", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
                  },
                },
                on: {
                  "link.suspect": { actions: ["noteSuspect", "reportJoined"] },
                  "link.well": { actions: ["noteWell", "reportJoined"] },
                  "link.dead": [
                    // It has nothing to lose: it stays where it can be asked.
                    { guard: "isOnProbation", target: "carrying", reenter: true },
                    {
                      target: "dead",
                      actions: { type: "noteDeath", params: ({ event }) => ({ failure: event.failure }) },
                    },
                  ],
                  "interface.configured": { actions: ["reportJoined", "look"] },
                },
              },
              dead: {
                entry: "reportLeft",
                after: { dead: { target: "carrying", actions: "noteProbation" } },
              },
            },
          },
        },
      },
      failed: { entry: "reportLeft", after: { failed: "watching" } },
    },
  });
}

function linkOf(seen: InterfaceCondition | null): Link | null {
  return seen?.condition === "ready" ? seen.link : null;
}

function isSame(before: Link | null, now: Link): boolean {
  return JSON.stringify(before) === JSON.stringify(now);
}
