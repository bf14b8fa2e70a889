import { assign, enqueueActions, fromCallback, fromPromise, sendParent, setup } from "xstate";
import type { BundleMember, BundleRoute } from "../../src/bundle/types.ts";
import type { DesiredNetwork, Ipv6Addresses, UplinkId } from "../../src/net/types.ts";
import { backoffMs } from "../backoff.ts";
import { type Failure, failureFrom } from "../failure.ts";
import type { AdoptedMember, Member, PoolCause, UplinksEffects } from "./effects.ts";
import { nameServers } from "./name-servers.ts";
import { bundleCarries, bundleMembers, desiredNetwork } from "./policy.ts";

export interface UplinksContext {
  readonly members: readonly Member[];
  /** An uplink's slot (fwmark, table, priorities) stays the same over replugs, so that marks keep their meaning. */
  readonly slots: Readonly<Record<UplinkId, number>>;
  /** Which interfaces have IPv6; null: none has had it so far. */
  readonly ipv6: Ipv6Addresses | null;
  /** Where the bundle is; null: there is none. */
  readonly route: BundleRoute | null;
  /** Of the bundle, as last reported: what the kernel holds. */
  readonly bundled: { readonly members: readonly BundleMember[]; readonly carries: boolean };
  /** What the kernel holds, as far as we know; null: nothing of ours yet. */
  readonly applied: DesiredNetwork | null;
  readonly desired: DesiredNetwork;
  /** What is being applied: `desired` may have changed meanwhile. */
  readonly pending: DesiredNetwork;
  /** Why `desired` is not what is being applied, or was last, oldest first. */
  readonly causes: readonly PoolCause[];
  /** Why `pending` is what it is. */
  readonly pendingCauses: readonly PoolCause[];
  readonly failure: Failure | null;
  readonly attempts: number;
  /** What the last look at the kernel found to be not as wanted. */
  readonly drift: readonly string[];
  /** Looks that came to an end. */
  readonly looks: number;
  /** Repairs without a calm minute between them. */
  readonly repairs: number;
  /** Touched since the look under way began. */
  readonly touched: boolean;
}

export type UplinksEvent =
  /** Said again when something of it has changed. */
  | ({ type: "uplink.joined" } & Member)
  | { type: "uplink.left"; id: UplinkId }
  /** The config has changed, or a hand said something. */
  | { type: "uplinks.configured" }
  /** What links are seen to carry has changed. */
  | { type: "uplinks.measured" }
  /** Somebody may have changed something of ours in the kernel. */
  | { type: "kernel.touched" }
  /** A hand wants to know whether the kernel is as it should be; what was repaired before is forgotten. */
  | { type: "uplinks.verify" }
  /** Interfaces have got or lost an IPv6 address. */
  | { type: "uplinks.addressed"; ipv6: Ipv6Addresses }
  /** The bundle begins or ends, or begins or ceases to carry. */
  | { type: "bundle.routed"; route: BundleRoute | null }
  | { type: "uplinks.restore" };

const MAX_SLOT = 250;
/** Somebody who removes ours again and again is given way to, for a while, after so many. */
const MAX_REPAIRS = 5;

/** A burst of changes is told by its last. */
const MAX_CAUSES = 8;

const UNSEEN = { drift: [], looks: 0, repairs: 0, touched: false } as const;

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

function withCause(causes: readonly PoolCause[], cause: PoolCause): readonly PoolCause[] {
  return [...causes, cause].slice(-MAX_CAUSES);
}

function causeOf(event: UplinksEvent): PoolCause {
  const { type } = event;
  if (type === "uplink.joined") return { type, id: event.id, standing: event.standing };
  return { type, id: type === "uplink.left" ? event.id : null, standing: null };
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
 * settled ─ change ─▶ applying ─▶ settled, verifying | (changed meanwhile) applying
 *                        └─ refused ─▶ retrying ─▶ applying
 * verifying ─ as wanted ─▶ sure, or wary for a minute if something had to be mended ─ touched ─▶ verifying
 *    └─ drift ─▶ applying; when it was mended too often: contested ─ after a while ─▶ applying
 * any ─ uplinks.restore ─▶ restoring ─▶ restored (final)
 * ```
 * Changes that come while one is being applied are applied together after it; one that comes during a look does not wait for it.
 */
export function createUplinksMachine(effects: UplinksEffects, random: () => number) {
  /** The same value as before when nothing in it changed, so that an idle change costs nothing. */
  const refreshed = (context: UplinksContext): DesiredNetwork => {
    const desired = desiredNetwork(context.members, context.slots, effects.settings(), context.ipv6, context.route);
    return JSON.stringify(desired) === JSON.stringify(context.desired) ? context.desired : desired;
  };
  return setup({
    types: {
      context: {} as UplinksContext,
      events: {} as UplinksEvent,
      input: {} as { adopted: readonly AdoptedMember[] },
      tags: {} as "faulted" | "looking",
    },
    actors: {
      apply: fromPromise<void, { desired: DesiredNetwork; because: readonly PoolCause[] }>(({ input }) =>
        effects.apply(input.desired, input.because),
      ),
      verify: fromPromise<readonly string[], DesiredNetwork>(({ input }) => effects.verify(input)),
      watchKernel: fromCallback<UplinksEvent>(({ sendBack }) => effects.watchKernel(sendBack)),
      restore: fromPromise<void>(() => effects.restore()),
      watchIpv6: fromCallback<UplinksEvent>(({ sendBack }) =>
        effects.watchIpv6((ipv6) => sendBack({ type: "uplinks.addressed", ipv6 })),
      ),
    },
    guards: {
      stale: ({ context }) => context.applied !== context.desired,
      hasDrifted: ({ context }) => context.drift.length > 0,
      hasDriftedTooOften: ({ context }) => context.drift.length > 0 && context.repairs >= MAX_REPAIRS,
      wasTouchedMeanwhile: ({ context }) => context.touched,
      wasRepaired: ({ context }) => context.repairs > 0,
    },
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
      refresh: assign(({ context, event }) => {
        const desired = refreshed(context);
        return desired === context.desired ? {} : { desired, causes: withCause(context.causes, causeOf(event)) };
      }),
      reportNameServers: sendParent(({ context: { members, slots, desired } }) => ({
        type: "nameServers.changed",
        servers: nameServers(members, slots, desired, effects.settings()),
      })),
      noteRoute: assign({
        route: ({ context, event }) => (event.type === "bundle.routed" ? event.route : context.route),
      }),
      /** One that goes is missing at once, one that comes is there when the kernel holds it. */
      reportBundled: enqueueActions(({ context: { members, slots, applied, bundled }, enqueue }) => {
        const held = bundleMembers(members, slots, effects.settings()).filter((member) =>
          applied?.uplinks.some(
            ({ slot, id, address }) => slot === member.slot && id === member.id && address === member.address,
          ),
        );
        const now = { members: held, carries: applied !== null && bundleCarries(applied) };
        if (JSON.stringify(now) === JSON.stringify(bundled)) return;
        enqueue.assign({ bundled: now });
        enqueue.sendParent({ type: "bundle.members", ...now });
      }),
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
      }),
      noteRepair: assign({
        repairs: ({ context }) => context.repairs + 1,
        causes: ({ context }) => withCause(context.causes, { type: "drift", id: null, standing: null }),
      }),
      forgetRepairs: assign({ repairs: 0 }),
      giveWay: ({ context }) => effects.giveWay(context.drift),
    },
    delays: {
      retry: ({ context }) => backoffMs(context.attempts, 500, 30_000, random),
      restoreTimeout: 10_000,
      calm: 60_000,
      truce: ({ context }) => backoffMs(context.repairs - MAX_REPAIRS, 60_000, 600_000, random),
    },
  }).createMachine({
    id: "uplinks",
    context: ({ input }) => {
      const pool = poolOf(input.adopted);
      // The first thing applied is what an earlier agent left and is adopted: all else of it is taken away. The empty pool,
      // as most often, has the kernel load nftables' modules before the first link needs them.
      const desired = desiredNetwork(pool.members, pool.slots, effects.settings(), pool.ipv6);
      const causes = [{ type: "start", id: null, standing: null }];
      const pending = { pending: desired, pendingCauses: [] };
      const bundle = { route: null, bundled: { members: [], carries: false } };
      return { ...pool, ...bundle, applied: null, desired, ...pending, causes, failure: null, attempts: 0, ...UNSEEN };
    },
    invoke: [
      { id: "kernel", src: "watchKernel", onError: {} },
      // Without it there is still IPv4.
      { id: "ipv6", src: "watchIpv6", onError: {} },
    ],
    // Of links that are adopted.
    entry: "reportNameServers",
    on: {
      "uplink.joined": { actions: ["join", "refresh", "reportBundled", "reportNameServers"] },
      "uplink.left": { actions: ["leave", "refresh", "reportBundled", "reportNameServers"] },
      "uplinks.configured": { actions: ["refresh", "reportBundled", "reportNameServers"] },
      "uplinks.measured": { actions: ["refresh", "reportBundled"] },
      "bundle.routed": { actions: ["noteRoute", "refresh", "reportNameServers"] },
      "uplinks.addressed": { actions: ["noteIpv6", "refresh"] },
      "uplinks.restore": ".restoring",
    },
    initial: "settled",
    states: {
      settled: {
        always: { guard: "stale", target: "applying" },
        initial: "sure",
        states: {
          verifying: {
            tags: "looking",
            entry: assign({ touched: false }),
            on: {
              "kernel.touched": { actions: assign({ touched: true }) },
              "uplinks.verify": { target: "verifying", reenter: true, actions: "forgetRepairs" },
            },
            invoke: {
              id: "verify",
              src: "verify",
              input: ({ context }) => context.desired,
              onDone: {
                target: "judging",
                actions: assign({ drift: ({ event }) => event.output, looks: ({ context }) => context.looks + 1 }),
              },
              // It is in the journal; the next touch or change is reason to look again.
              onError: "wary",
            },
          },
          judging: {
            tags: "looking",
            always: [
              { guard: "hasDriftedTooOften", target: "#uplinks.contested", actions: "noteRepair" },
              { guard: "hasDrifted", target: "#uplinks.applying", actions: "noteRepair" },
              { guard: "wasTouchedMeanwhile", target: "verifying" },
              { guard: "wasRepaired", target: "wary" },
              { target: "sure" },
            ],
          },
          wary: {
            on: { "kernel.touched": "verifying", "uplinks.verify": { target: "verifying", actions: "forgetRepairs" } },
            after: { calm: { target: "sure", actions: "forgetRepairs" } },
          },
          sure: {
            on: { "kernel.touched": "verifying", "uplinks.verify": { target: "verifying", actions: "forgetRepairs" } },
          },
        },
      },
      applying: {
        // What the kernel refused before is still a reason.
        entry: assign(({ context: { desired, causes, pendingCauses, failure } }) => ({
          pending: desired,
          pendingCauses: failure === null ? causes : [...pendingCauses, ...causes].slice(-MAX_CAUSES),
          causes: [],
        })),
        invoke: {
          id: "apply",
          src: "apply",
          input: ({ context }) => ({ desired: context.pending, because: context.pendingCauses }),
          onDone: {
            target: "settled.verifying",
            actions: [
              assign({ applied: ({ context }) => context.pending, failure: null, attempts: 0 }),
              "reportBundled",
            ],
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
        on: {
          "uplink.left": { target: "applying", actions: ["leave", "refresh", "reportBundled", "reportNameServers"] },
        },
        after: { retry: "applying" },
      },
      contested: {
        tags: "faulted",
        entry: "giveWay",
        always: { guard: "stale", target: "applying" },
        on: { "uplinks.verify": { target: "settled.verifying", actions: "forgetRepairs" } },
        after: { truce: "applying" },
      },
      // The reconciler serialises its work: an apply under way ends before everything is taken out.
      restoring: {
        on: {
          "uplink.joined": {},
          "uplink.left": {},
          "uplinks.configured": {},
          "uplinks.measured": {},
          "uplinks.addressed": {},
          "bundle.routed": {},
          "uplinks.restore": {},
        },
        invoke: { id: "restore", src: "restore", onDone: "restored", onError: "restored" },
        after: { restoreTimeout: "restored" },
      },
      restored: { type: "final" },
    },
  });
}
