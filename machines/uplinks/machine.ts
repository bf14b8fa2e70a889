import { assign, fromCallback, fromPromise, sendParent, setup } from "xstate";
import type { DesiredNetwork, Ipv6Addresses, UplinkId } from "../../src/net/types.ts";
import { backoffMs } from "../backoff.ts";
import { type Failure, failureFrom } from "../failure.ts";
import type { AdoptedMember, Member, UplinksEffects } from "./effects.ts";
import { nameServers } from "./name-servers.ts";
import { desiredNetwork } from "./policy.ts";

export interface UplinksContext {
  readonly members: readonly Member[];
  /** An uplink's slot (fwmark, table, priorities) stays the same over replugs, so that marks keep their meaning. */
  readonly slots: Readonly<Record<UplinkId, number>>;
  /** Which interfaces have IPv6; null: none has had it so far. */
  readonly ipv6: Ipv6Addresses | null;
  /** What the kernel holds, as far as we know; null: nothing of ours yet. */
  readonly applied: DesiredNetwork | null;
  readonly desired: DesiredNetwork;
  readonly failure: Failure | null;
  readonly attempts: number;
}

export type UplinksEvent =
  /** Said again when something of it has changed. */
  | ({ type: "uplink.joined" } & Member)
  | { type: "uplink.left"; id: UplinkId }
  /** The config has changed, or a hand said something. */
  | { type: "uplinks.configured" }
  /** What links are seen to carry has changed. */
  | { type: "uplinks.measured" }
  /** Interfaces have got or lost an IPv6 address. */
  | { type: "uplinks.addressed"; ipv6: Ipv6Addresses }
  | { type: "uplinks.restore" };

const MAX_SLOT = 250;

/** The slots, with the lowest free one for this uplink if it has none. Beyond 250 ever seen, an absent one's is reused. */
function slotsWith(
  context: Pick<UplinksContext, "members" | "slots">,
  id: UplinkId,
): Readonly<Record<UplinkId, number>> {
  if (context.slots[id] !== undefined) return context.slots;
  const taken = new Set(Object.values(context.slots));
  for (let slot = 1; slot <= MAX_SLOT; slot++) if (!taken.has(slot)) return { ...context.slots, [id]: slot };
  const present = new Set(context.members.map((member) => member.id));
  const absent = Object.entries(context.slots).find(([owner]) => !present.has(owner as UplinkId));
  if (absent === undefined) return context.slots;
  const [owner, slot] = absent;
  const { [owner as UplinkId]: _, ...others } = context.slots;
  return { ...others, [id]: slot };
}

/** The pool that an earlier agent left: its links with their slots, so that not one of their connections is cut. */
function poolOf(adopted: readonly AdoptedMember[]): Pick<UplinksContext, "members" | "slots" | "ipv6"> {
  const members = adopted.map(({ member }) => member);
  const known = adopted.flatMap(({ member, slot }) => (slot === null ? [] : [[member.id, slot] as const]));
  const slots = members.reduce(
    (slots, { id }) => slotsWith({ members, slots }, id),
    Object.fromEntries(known) as UplinksContext["slots"],
  );
  const ipv6 = adopted.flatMap(({ member, address6 }) =>
    address6 === undefined ? [] : [[member.link.interface, address6] as const],
  );
  return { members, slots, ipv6: ipv6.length === 0 ? null : Object.fromEntries(ipv6) };
}

/**
 * The pool of links that are up: collects them, publishes one desired state, and has the kernel follow it.
 *
 * ```
 * settled ─ change ─▶ applying ─▶ settled | (changed meanwhile) applying
 *                        └─ refused ─▶ retrying ─▶ applying
 * any ─ uplinks.restore ─▶ restoring ─▶ restored (final)
 * ```
 * Changes that come while one is being applied are applied together after it.
 */
export function createUplinksMachine(effects: UplinksEffects, random: () => number) {
  /** The same value as before when nothing in it changed, so that an idle change costs nothing. */
  const refreshed = (context: UplinksContext): DesiredNetwork => {
    const desired = desiredNetwork(context.members, context.slots, effects.settings(), context.ipv6);
    return JSON.stringify(desired) === JSON.stringify(context.desired) ? context.desired : desired;
  };
  return setup({
    types: {
      context: {} as UplinksContext,
      events: {} as UplinksEvent,
      input: {} as { adopted: readonly AdoptedMember[] },
      tags: {} as "faulted",
    },
    actors: {
      apply: fromPromise<DesiredNetwork, DesiredNetwork>(async ({ input }) => {
        await effects.apply(input);
        return input;
      }),
      restore: fromPromise<void>(() => effects.restore()),
      watchIpv6: fromCallback<UplinksEvent>(({ sendBack }) =>
        effects.watchIpv6((ipv6) => sendBack({ type: "uplinks.addressed", ipv6 })),
      ),
    },
    guards: { stale: ({ context }) => context.applied !== context.desired },
    actions: {
      join: assign(({ context, event }) => {
        if (event.type !== "uplink.joined") return {};
        const { type: _, ...member } = event;
        const members = [...context.members.filter(({ id }) => id !== member.id), member];
        return { members, slots: slotsWith(context, member.id) };
      }),
      leave: assign({
        members: ({ context, event }) =>
          event.type === "uplink.left" ? context.members.filter((member) => member.id !== event.id) : context.members,
      }),
      noteIpv6: assign({
        ipv6: ({ context, event }) => (event.type === "uplinks.addressed" ? event.ipv6 : context.ipv6),
      }),
      refresh: assign({ desired: ({ context }) => refreshed(context) }),
      reportNameServers: sendParent(({ context: { members, slots, desired } }) => ({
        type: "nameServers.changed",
        servers: nameServers(members, slots, desired, effects.settings()),
      })),
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
      }),
    },
    delays: {
      retry: ({ context }) => backoffMs(context.attempts, 500, 30_000, random),
      restoreTimeout: 10_000,
    },
  }).createMachine({
    id: "uplinks",
    context: ({ input }) => {
      const pool = poolOf(input.adopted);
      // The first thing applied is what an earlier agent left and is adopted: all else of it is taken away. The empty pool,
      // as most often, has the kernel load nftables' modules before the first link needs them.
      const desired = desiredNetwork(pool.members, pool.slots, effects.settings(), pool.ipv6);
      return { ...pool, applied: null, desired, failure: null, attempts: 0 };
    },
    // Without it there is still IPv4.
    invoke: { id: "ipv6", src: "watchIpv6", onError: {} },
    // Of links that are adopted.
    entry: "reportNameServers",
    on: {
      "uplink.joined": { actions: ["join", "refresh", "reportNameServers"] },
      "uplink.left": { actions: ["leave", "refresh", "reportNameServers"] },
      "uplinks.configured": { actions: ["refresh", "reportNameServers"] },
      "uplinks.measured": { actions: "refresh" },
      "uplinks.addressed": { actions: ["noteIpv6", "refresh"] },
      "uplinks.restore": ".restoring",
    },
    initial: "settled",
    states: {
      settled: { always: { guard: "stale", target: "applying" } },
      applying: {
        invoke: {
          id: "apply",
          src: "apply",
          input: ({ context }) => context.desired,
          onDone: {
            target: "settled",
            actions: assign({ applied: ({ event }) => event.output, failure: null, attempts: 0 }),
          },
          onError: {
            target: "retrying",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
      },
      retrying: {
        tags: "faulted",
        // A link that has gone is often what the kernel refused: its leaving is reason to try at once.
        on: { "uplink.left": { target: "applying", actions: ["leave", "refresh", "reportNameServers"] } },
        after: { retry: "applying" },
      },
      // The reconciler serialises its work: an apply under way ends before everything is taken out.
      restoring: {
        on: {
          "uplink.joined": {},
          "uplink.left": {},
          "uplinks.configured": {},
          "uplinks.measured": {},
          "uplinks.addressed": {},
          "uplinks.restore": {},
        },
        invoke: { id: "restore", src: "restore", onDone: "restored", onError: "restored" },
        after: { restoreTimeout: "restored" },
      },
      restored: { type: "final" },
    },
  });
}
