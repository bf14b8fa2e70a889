import { RequestRefused } from "./errors.ts";
import type { BalanceBy, RankChange } from "./types.ts";

/** The body of `POST /v1/uplinks/UPLINK`. Throws RequestRefused 400. Bounds as in the config. */
export function parseRankChange(body: unknown): RankChange {
  const { weight, tier } = fieldsOf(body, ["weight", "tier"]);
  if (weight === undefined && tier === undefined) throw refused("name weight, tier, or both");
  if (weight !== undefined && weight !== "auto" && weight !== "config" && !isWhole(weight, 1000))
    throw refused("weight must be a whole number from 1 to 1000, auto or config");
  if (tier !== undefined && tier !== "config" && !isWhole(tier, 9))
    throw refused("tier must be a whole number from 1 to 9, or config");
  return { ...(weight === undefined ? {} : { weight }), ...(tier === undefined ? {} : { tier }) };
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
