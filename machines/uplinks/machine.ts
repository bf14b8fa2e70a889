import { assign, fromPromise, setup } from "xstate";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { DesiredNetwork, DesiredUplink } from "../../src/net/types.ts";
import { backoffMs } from "../backoff.ts";
import { type Failure, failureFrom } from "../failure.ts";
import type { PppLink } from "../modem/effects.ts";

/** A link that is up, as its port reported it. */
export interface Member {
  readonly port: PortPath;
  readonly link: PppLink;
  readonly weight: number;
}

/** How the pool spreads connections; from the config. */
export interface PoolSettings {
  readonly lan: string;
  readonly by: "connection" | "host";
}

/** All that the uplinks machine may do to the world. */
export interface UplinksEffects {
  /** Makes the kernel hold exactly this. Rejects with FailureError. */
  apply(desired: DesiredNetwork): Promise<void>;
  /** Takes everything of ours out of the kernel again. */
  restore(): Promise<void>;
  settings(): PoolSettings;
}

export interface UplinksContext {
  readonly members: readonly Member[];
  /** A port's slot (fwmark, table, priorities) stays the same over replugs, so that marks keep their meaning. */
  readonly slots: Readonly<Record<PortPath, number>>;
  /** What the kernel holds, as far as we know; null: nothing of ours yet. */
  readonly applied: DesiredNetwork | null;
  readonly desired: DesiredNetwork;
  readonly failure: Failure | null;
  readonly attempts: number;
}

export type UplinksEvent =
  | { type: "uplink.joined"; port: PortPath; link: PppLink; weight: number }
  | { type: "uplink.left"; port: PortPath }
  | { type: "uplinks.configured" }
  | { type: "uplinks.restore" };

const MAX_SLOT = 250;

/** The slot of this port, giving it the lowest free one if it has none. Beyond 250 ports ever seen, an absent port's is reused. */
function slotsWith(context: UplinksContext, port: PortPath): Readonly<Record<PortPath, number>> {
  if (context.slots[port] !== undefined) return context.slots;
  const taken = new Set(Object.values(context.slots));
  for (let slot = 1; slot <= MAX_SLOT; slot++) if (!taken.has(slot)) return { ...context.slots, [port]: slot };
  const present = new Set(context.members.map((member) => member.port));
  const absent = Object.entries(context.slots).find(([owner]) => !present.has(owner as PortPath));
  if (absent === undefined) return context.slots;
  const [owner, slot] = absent;
  const { [owner as PortPath]: _, ...others } = context.slots;
  return { ...others, [port]: slot };
}

/** The members as the kernel should hold them. Pure. */
export function desiredNetwork(
  members: readonly Member[],
  slots: Readonly<Record<PortPath, number>>,
  settings: PoolSettings,
): DesiredNetwork {
  const uplinks: DesiredUplink[] = [];
  for (const { port, link, weight } of members) {
    const slot = slots[port];
    if (slot !== undefined) uplinks.push({ slot, port, interface: link.interface, address: link.address, weight });
  }
  return { lan: settings.lan, by: settings.by, uplinks: uplinks.sort((a, b) => a.slot - b.slot) };
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
    const desired = desiredNetwork(context.members, context.slots, effects.settings());
    return JSON.stringify(desired) === JSON.stringify(context.desired) ? context.desired : desired;
  };
  return setup({
    types: { context: {} as UplinksContext, events: {} as UplinksEvent, tags: {} as "faulted" },
    actors: {
      apply: fromPromise<DesiredNetwork, DesiredNetwork>(async ({ input }) => {
        await effects.apply(input);
        return input;
      }),
      restore: fromPromise<void>(() => effects.restore()),
    },
    guards: { stale: ({ context }) => context.applied !== context.desired },
    actions: {
      join: assign(({ context, event }) => {
        if (event.type !== "uplink.joined") return {};
        const { port, link, weight } = event;
        const members = [...context.members.filter((member) => member.port !== port), { port, link, weight }];
        return { members, slots: slotsWith(context, port) };
      }),
      leave: assign({
        members: ({ context, event }) =>
          event.type === "uplink.left"
            ? context.members.filter((member) => member.port !== event.port)
            : context.members,
      }),
      refresh: assign({ desired: ({ context }) => refreshed(context) }),
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
    context: () => {
      const empty: DesiredNetwork = { ...effects.settings(), uplinks: [] };
      // The first thing applied is the empty pool: it takes away what a killed agent left, and has the kernel load
      // nftables' modules before the first link needs them.
      return { members: [], slots: {}, applied: null, desired: empty, failure: null, attempts: 0 };
    },
    on: {
      "uplink.joined": { actions: ["join", "refresh"] },
      "uplink.left": { actions: ["leave", "refresh"] },
      "uplinks.configured": { actions: "refresh" },
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
        on: { "uplink.left": { target: "applying", actions: ["leave", "refresh"] } },
        after: { retry: "applying" },
      },
      // The reconciler serialises its work: an apply under way ends before everything is taken out.
      restoring: {
        on: { "uplink.joined": {}, "uplink.left": {}, "uplinks.configured": {}, "uplinks.restore": {} },
        invoke: { id: "restore", src: "restore", onDone: "restored", onError: "restored" },
        after: { restoreTimeout: "restored" },
      },
      restored: { type: "final" },
    },
  });
}
