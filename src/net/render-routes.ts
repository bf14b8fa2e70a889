import { parsePortPath } from "../hotplug/types.ts";
import { ipv6Part } from "./ipv6-part.ts";
import {
  addressRulePriority,
  BUNDLE_PRIORITY,
  BUNDLE_TABLE,
  bundledMetric,
  GATEWAY_PRIORITY,
  GATEWAY_TABLE,
  hex,
  MAIN_FIRST_PRIORITY,
  MAIN_TABLE,
  MARK_MASK,
  mainMetric,
  markOf,
  markRulePriority,
  PROTOCOL,
  slotOfAddressRule,
  slotOfTable,
  tableOf,
} from "./marks.ts";
import type { DesiredNetwork } from "./types.ts";

/**
 * One rule or route of ours, written as `ip` takes it behind `add` or `del`, words always in the same order:
 * equal objects are equal texts. `rule from 10.0.0.2 lookup 27001 pref 17301 protocol 119`. Those of IPv6, for `ip -6`, are
 * told apart by their first word: `rule6`, `route6`.
 */
export type KernelObject = string;

/** Of the internet protocol. */
export type Family = 4 | 6;

/** Lines for `ip -batch`, in two parts: before and after the pick chain changes. */
export interface RoutePlan {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * All rules and routes that `desired` needs, in the order in which they are to be made: routes, then rules.
 *
 * The main table keeps the say in everything but default routes, by a rule of ours with `suppress_prefixlength 0`
 * (ip-rule(8)), instead of a copy of the LAN's route in each link's table: it needs no knowledge of the LAN's
 * subnet, and it keeps VPNs and other local nets reachable too. Without either, an answer to a LAN client
 * would carry its link's mark and leave by that link. Default routes name no `src`: the link's own address is the
 * only one on it, and a wrong one would make the kernel refuse the route.
 *
 * An interface that others configure has a default route of theirs in the main table, whose metric is lower than ours. It is
 * theirs to keep. So that it does not draw the gateway's own connections to a link that is dead, and so out of the pool, or a
 * backup, our default routes are then also in a table of their own, which is asked before the main table's default.
 */
export function wantedObjects(desired: DesiredNetwork): KernelObject[] {
  return [...ipv4Objects(desired), ...ipv6Objects(desired)];
}

function ipv4Objects(desired: DesiredNetwork): KernelObject[] {
  const { uplinks, pick, bundle } = desired;
  if (uplinks.length === 0) return [];
  const picked = new Set(pick.map(({ slot }) => slot));
  const bundled = bundle?.members ?? [];
  const isOvershadowed = desired.othersDefault === true || uplinks.some(({ id }) => parsePortPath(id) === null);
  return [
    ...uplinks.flatMap(({ slot, interface: device, via }) => {
      const route = { to: "default", via: via ?? undefined, device };
      const byPreference = { ...route, metric: mainMetric(slot, picked.has(slot)) };
      return [
        routeObject({ ...route, table: tableOf(slot) }),
        routeObject({ ...byPreference, table: MAIN_TABLE }),
        ...(isOvershadowed ? [routeObject({ ...byPreference, table: GATEWAY_TABLE })] : []),
        ...(bundled.includes(slot)
          ? [routeObject({ ...route, metric: bundledMetric(slot, bundled.indexOf(slot)), table: BUNDLE_TABLE })]
          : []),
      ];
    }),
    ruleObject({ table: MAIN_TABLE, priority: MAIN_FIRST_PRIORITY, suppress: 0 }),
    ...(isOvershadowed ? [ruleObject({ table: GATEWAY_TABLE, priority: GATEWAY_PRIORITY })] : []),
    ...uplinks.flatMap(({ slot, address }) => [
      ruleObject({
        mark: `${hex(markOf(slot))}/${hex(MARK_MASK)}`,
        table: tableOf(slot),
        priority: markRulePriority(slot),
      }),
      ruleObject({ from: address, table: tableOf(slot), priority: addressRulePriority(slot) }),
    ]),
    ...(bundle === undefined || bundled.length === 0
      ? []
      : [ruleObject({ to: bundle.concentrator, table: BUNDLE_TABLE, priority: BUNDLE_PRIORITY })]),
  ];
}

/** The same for IPv6, over links that are all point-to-point. The kernel gives a route without metric this one. */
const USUAL_METRIC6 = 1024;

function ipv6Objects(desired: DesiredNetwork): KernelObject[] {
  const { uplinks, pick } = ipv6Part(desired) ?? { uplinks: [], pick: [] };
  if (uplinks.length === 0) return [];
  const picked = new Set(pick.map(({ slot }) => slot));
  const family = 6;
  return [
    ...uplinks.flatMap(({ slot, interface: device }) => {
      const route = { family, to: "default", device } as const;
      return [
        routeObject({ ...route, table: tableOf(slot), metric: USUAL_METRIC6 }),
        routeObject({ ...route, table: MAIN_TABLE, metric: mainMetric(slot, picked.has(slot)) }),
      ];
    }),
    ruleObject({ family, table: MAIN_TABLE, priority: MAIN_FIRST_PRIORITY, suppress: 0 }),
    ...uplinks.flatMap(({ slot, address6 }) => [
      ruleObject({
        family,
        mark: `${hex(markOf(slot))}/${hex(MARK_MASK)}`,
        table: tableOf(slot),
        priority: markRulePriority(slot),
      }),
      ruleObject({ family, from: address6, table: tableOf(slot), priority: addressRulePriority(slot) }),
    ]),
  ];
}

/**
 * What to tell `ip -batch` so that `present` becomes what `desired` needs. New objects come before the pick chain
 * changes, those to be removed after it, in reverse order. All wanted routes are told again each time, for the
 * kernel drops them when an interface goes, even if it comes back under the same name.
 */
export function renderRoutes(present: readonly KernelObject[], desired: DesiredNetwork): RoutePlan {
  const wanted = wantedObjects(desired);
  const routes = wanted.filter(isRoute).map((object) => told("replace", object));
  const rules = without(wanted.filter(isRule), present).map((object) => told("add", object));
  const removed = without(present, wanted).reverse();
  const removals = removed.map((object) => told("del", object));
  return without(wanted, present).length > 0
    ? { before: [...routes, ...rules], after: removals }
    : { before: [], after: [...removals, ...routes] };
}

/** Connections of one family over the link of this slot. */
export interface LooseEnd {
  readonly slot: number;
  readonly family: Family;
}

/** Slots whose address goes from `present` to `desired`: connections over them have lost their way back. */
export function slotsCutLoose(present: readonly KernelObject[], desired: DesiredNetwork): LooseEnd[] {
  return without(present, wantedObjects(desired)).flatMap((object): LooseEnd[] => {
    const priority = /^rule6? from .* pref (\d+) /.exec(object)?.[1];
    const slot = priority === undefined ? null : slotOfAddressRule(Number(priority));
    return slot === null ? [] : [{ slot, family: familyOf(object) }];
  });
}

/** The slots of the links whose routes are among these objects, by interface. */
export function slotsOf(present: readonly KernelObject[]): ReadonlyMap<string, number> {
  return new Map(
    present.flatMap((object) => {
      const [, device = "", table] = /^route default (?:via \S+ )?dev (\S+) table (\d+) /.exec(object) ?? [];
      const slot = slotOfTable(Number(table));
      return slot === null ? [] : [[device, slot] as const];
    }),
  );
}

/** Addresses of links that go from `present` to `desired`, and are no other link's. */
export function addressesGone(present: readonly KernelObject[], desired: DesiredNetwork): string[] {
  const left = new Set(desired.uplinks.flatMap(({ address, address6 }) => [address, address6]));
  return without(present, wantedObjects(desired)).flatMap((object) => {
    const address = /^rule6? from ([\da-f.:]+) lookup /.exec(object)?.[1];
    return address === undefined || left.has(address) ? [] : address;
  });
}

export function routeObject(route: {
  family?: Family;
  to: string;
  via?: string | undefined;
  device?: string | undefined;
  table: number;
  metric?: number | undefined;
}): KernelObject {
  return words(
    [route.family === 6 ? "route6" : "route", route.to],
    ["via", route.via],
    ["dev", route.device],
    ["table", route.table],
    ["metric", route.metric],
    ["proto", PROTOCOL],
  );
}

export function ruleObject(rule: {
  family?: Family;
  from?: string | undefined;
  to?: string | undefined;
  mark?: string | undefined;
  table: number;
  suppress?: number | undefined;
  priority: number;
}): KernelObject {
  return words(
    [`${rule.family === 6 ? "rule6" : "rule"} from`, rule.from ?? "all"],
    ["to", rule.to],
    ["fwmark", rule.mark],
    ["lookup", rule.table],
    ["suppress_prefixlength", rule.suppress],
    ["pref", rule.priority],
    ["protocol", PROTOCOL],
  );
}

/** What an object, or a line that tells of one, is about. */
export function familyOf(text: string): Family {
  return /^\w+6 /.test(text) ? 6 : 4;
}

function words(...pairs: readonly (readonly [string, string | number | undefined])[]): string {
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])).join(" ");
}

function told(verb: "add" | "del" | "replace", object: KernelObject): string {
  return object.replace(" ", ` ${verb} `);
}

function isRoute(object: KernelObject): boolean {
  return /^route6? /.test(object);
}

function isRule(object: KernelObject): boolean {
  return /^rule6? /.test(object);
}

function without(objects: readonly KernelObject[], others: readonly KernelObject[]): KernelObject[] {
  const excluded = new Set(others);
  return objects.filter((object) => !excluded.has(object));
}
