import { RequestRefused } from "./errors.ts";
import type { BalanceBy, RankChange } from "./types.ts";

/** The body of `POST /v1/uplinks/UPLINK`. Throws RequestRefused 400. Bounds as in the config. */
export function parseRankChange(body: unknown): RankChange {
  const { weight, tier, role } = fieldsOf(body, ["weight", "tier", "role"]);
  if (weight === undefined && tier === undefined && role === undefined) throw refused("name weight, tier or role");
  if (weight !== undefined && weight !== "auto" && weight !== "config" && !isWhole(weight, 1000))
    throw refused("weight must be a whole number from 1 to 1000, auto or config");
  if (tier !== undefined && tier !== "config" && !isWhole(tier, 9))
    throw refused("tier must be a whole number from 1 to 9, or config");
  return {
    ...(weight === undefined ? {} : { weight }),
    ...(tier === undefined ? {} : { tier }),
    ...(role === undefined ? {} : { role: parseRole(role, "role") }),
  };
}

/** The body of `POST /v1/ports/PORT/move`. Throws RequestRefused 400. */
export function parseMove(body: unknown): Pick<RankChange, "role"> {
  return { role: parseRole(fieldsOf(body, ["to"]).to, "to") };
}

function parseRole(value: unknown, name: string): "balance" | "bundle" | "config" {
  if (value === "balance" || value === "bundle" || value === "config") return value;
  throw refused(`${name} must be balance, bundle or config`);
}

/** The body of `POST /v1/balancer`. Throws RequestRefused 400. */
export function parseBalanceBy(body: unknown): BalanceBy | "config" {
  const { by } = fieldsOf(body, ["by"]);
  if (by === "connection" || by === "host" || by === "config") return by;
  throw refused("by must be connection, host or config");
}

function fieldsOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw refused("the body must be a JSON object");
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown !== undefined) throw refused(`it may name ${known.join(" and ")} only`);
  return body as Readonly<Record<string, unknown>>;
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
}

function refused(why: string): RequestRefused {
  return new RequestRefused(400, "BadChange", why);
}
