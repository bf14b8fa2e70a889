import { isIP } from "node:net";
import { isInterfaceName } from "./check-desired.ts";
import { ipRecords } from "./ip-records.ts";
import { hex, isOurPriority, MAIN_TABLE, PROTOCOL } from "./marks.ts";
import { type Family, type KernelObject, routeObject, ruleObject } from "./render-routes.ts";

/** What `ip -4 -N -j -batch -` is asked to tell the rules and routes that are in the kernel. -N: numbers, no names. */
export const READ_LINES = ["rule show", `route show table all proto ${PROTOCOL}`] as const;

/**
 * Our rules and routes out of `ip`'s answer to READ_LINES: two JSON arrays, one per line of text, of which an empty
 * one may be missing. Others' objects, and what is not of the shape that we make, are left out. Throws SyntaxError.
 */
export function parsePresent(output: string, family: Family = 4): KernelObject[] {
  const entries = ipRecords(output);
  // A rule may have a destination as well; no route has a priority.
  const isRule = (entry: Record<string, unknown>): boolean => "priority" in entry;
  const rules = entries.filter(isRule).flatMap((entry) => presentRule(entry, family));
  const routes = entries
    .filter((entry) => "dst" in entry && !isRule(entry))
    .flatMap((entry) => presentRoute(entry, family));
  return [...routes, ...rules];
}

function presentRule(entry: Record<string, unknown>, family: Family): KernelObject[] {
  const priority = integer(entry.priority);
  const table = integer(entry.table);
  const from = prefix(entry.src, entry.srclen);
  if (integer(entry.protocol) !== PROTOCOL || priority === undefined || !isOurPriority(priority)) return [];
  if (table === undefined || from === undefined) return [];
  const mark = integer(entry.fwmark);
  const mask = integer(entry.fwmask);
  return [
    ruleObject({
      family,
      from,
      to: prefix(entry.dst, entry.dstlen),
      mark: mark === undefined || mask === undefined ? undefined : `${hex(mark)}/${hex(mask)}`,
      table,
      suppress: integer(entry.suppress_prefixlen),
      priority,
    }),
  ];
}

function presentRoute(entry: Record<string, unknown>, family: Family): KernelObject[] {
  const device = entry.dev;
  const via = entry.gateway;
  const to = entry.dst === "default" ? "default" : prefix(entry.dst, undefined);
  const table = entry.table === undefined ? MAIN_TABLE : integer(entry.table);
  if (to === undefined || table === undefined) return [];
  return [
    routeObject({
      family,
      to,
      via: typeof via === "string" && isIP(via) !== 0 ? via : undefined,
      device: typeof device === "string" && isInterfaceName(device) ? device : undefined,
      table,
      metric: integer(entry.metric),
    }),
  ];
}

/** An address with or without a length, or `all`, as ip writes it. */
function prefix(text: unknown, length: unknown): string | undefined {
  if (text === "all") return text;
  if (typeof text !== "string") return undefined;
  const [address = "", ownLength] = text.split("/");
  const bits = integer(length ?? ownLength);
  return isIP(address) === 0 ? undefined : bits === undefined ? address : `${address}/${bits}`;
}

/** A number, or a text that is one (`119`, `0x100`). */
function integer(value: unknown): number | undefined {
  if (typeof value !== "number" && (typeof value !== "string" || !/^(?:0x[0-9a-f]+|\d+)$/.test(value)))
    return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
