import { printable } from "../../machines/failure.ts";
import type { Bearer, ModemFacts } from "../../machines/modem/effects.ts";
import type { ModemConfig } from "../config/types.ts";
import { isApn } from "./apn.ts";
import type { DecisionStore, OperatorBearer } from "./options.ts";

const MAX_BEARERS = 8;

/** What names the SIM in the store; null when it told neither of its numbers. */
function bearerKey(facts: ModemFacts): string | null {
  const name = facts.iccid ?? facts.imsi;
  return name === null ? null : `bearer:${name}`;
}

/**
 * Bearers to try, in order, at most 8 and never none: the config's alone if it names one; else what worked last, then
 * the operator database's, then the network's own default.
 */
export function chooseBearers(
  config: Pick<ModemConfig, "apn" | "ipType">,
  facts: ModemFacts,
  operator: readonly OperatorBearer[],
  store: DecisionStore,
): readonly Bearer[] {
  const pdpType = config.ipType === "ipv4v6" ? "IPV4V6" : "IP";
  // The config is the user's word: a wrong APN must show as such and not be papered over by another.
  if (config.apn !== "auto") return [{ apn: config.apn, pdpType, source: "config" }];
  const found = operator
    .filter((entry) => isApn(entry.apn))
    .map((entry): Bearer => ({ apn: entry.apn, pdpType, source: `operator database: ${printable(entry.name, 60)}` }));
  const fallback: Bearer = { apn: "", pdpType, source: "the network's default" };
  const all = [...remembered(facts, store, pdpType), ...found.slice(0, MAX_BEARERS - 2), fallback];
  return all.filter((bearer, index) => all.findIndex((other) => other.apn === bearer.apn) === index);
}

/** Keeps the bearer that worked for this SIM. */
export function rememberBearer(facts: ModemFacts, bearer: Bearer, store: DecisionStore): void {
  const key = bearerKey(facts);
  if (key !== null && bearer.source !== "config" && store.get(key) !== bearer.apn) store.set(key, bearer.apn);
}

function remembered(facts: ModemFacts, store: DecisionStore, pdpType: Bearer["pdpType"]): readonly Bearer[] {
  const key = bearerKey(facts);
  const apn = key === null ? null : store.get(key);
  if (apn === null || (apn !== "" && !isApn(apn))) return [];
  return [{ apn, pdpType, source: "worked before" }];
}
