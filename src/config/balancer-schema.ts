import { isIPv4 } from "node:net";
import * as z from "zod";
import { type InterfaceId, type PortRange, parseUplinkId } from "../net/types.ts";
import { uplinkRank } from "./modem-schema.ts";
import type { BalancerRule } from "./types.ts";

/** Each is a line that the first packet of a connection may have to pass. */
const MAX_RULES = 64;
const MAX_RANGES = 32;
const MAX_PORT = 65535;

const DESTINATION = "expected an IPv4 address, or a network such as 192.0.2.0/24";
const PORTS = 'expected a port from 1 to 65535, or a range such as "8000-8100", or a list of these';
const USE = "expected a port path such as 1-1.3, the name of an interface, or { tier: 2 }";

const to = z.string({ error: DESTINATION }).check((context) => {
  const { value, issues } = context;
  const [address = "", prefix = "32", ...more] = value.split("/");
  const fault = (message: string) => issues.push({ code: "custom", message, input: value });
  if (!isIPv4(address) || !/^(?:[1-9]|[12]\d|3[0-2])$/.test(prefix) || more.length > 0) return void fault(DESTINATION);
  const size = 2 ** (32 - Number(prefix));
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  // Somebody meant another network, or this one host of it.
  if (number % size !== 0) fault("has bits set beyond its prefix; name the network, or the address without a prefix");
});

const range = z
  .union([z.int().min(1).max(MAX_PORT), z.string().regex(/^\d{1,5}-\d{1,5}$/)], { error: PORTS })
  .transform((port): PortRange => {
    const [from = 0, last = from] = typeof port === "number" ? [port] : port.split("-").map(Number);
    return { from, to: last };
  })
  .refine(({ from, to: last }) => from >= 1 && from <= last && last <= MAX_PORT, { error: PORTS });

const ports = z
  .preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(range).min(1).max(MAX_RANGES))
  .transform(joined);

/** Sorted, and one where some overlap or touch. */
function joined(ranges: readonly PortRange[]): readonly PortRange[] {
  const result: PortRange[] = [];
  for (const next of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last === undefined || next.from > last.to + 1) result.push(next);
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
  }
  return result;
}

const link = z.string().transform((name, context) => {
  const id = parseUplinkId(name);
  if (id === null) context.issues.push({ code: "custom", message: USE, input: name });
  return id ?? (name as InterfaceId);
});

const rule = z
  .strictObject({
    to: to.optional(),
    protocol: z.enum(["tcp", "udp", "icmp"]).optional(),
    ports: ports.optional(),
    use: z.union([link, z.strictObject({ tier: uplinkRank.tier })], { error: USE }),
    strict: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    if (value.protocol !== "icmp" || value.ports === undefined) return;
    issues.push({ code: "custom", path: ["ports"], message: "ICMP has no ports", input: value.ports });
  })
  .transform(
    ({ to = null, protocol = null, ports = [], use, strict }): BalancerRule => ({ to, protocol, ports, use, strict }),
  );

/** `balancer:` of the config: how new connections are spread, and rules for some of them. */
export const balancerSchema = z.strictObject({
  by: z.enum(["connection", "host"]).default("connection"),
  drainSeconds: z.int({ error: "expected whole seconds, at most an hour" }).min(0).max(3_600).default(60),
  rules: z.array(rule, { error: "expected a list of rules" }).max(MAX_RULES).default([]),
});
