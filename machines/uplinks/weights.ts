import type { UplinkId } from "../../src/net/types.ts";
import type { Member } from "./effects.ts";

/** What a weight of 1 in the config becomes beside measured links: so their shares are right to about a fortieth. */
const STEPS = 20;
/** A link keeps so much of the best one's share at least, so that it gets connections by which it can show what it carries. */
const LEAST_PART = 1 / 20;
/** Of a share; see DesiredNetwork. */
const MAX_WEIGHT = 1000;

/**
 * The weights of links beside each other, whole numbers from 1 to 1000. An `auto` link's is in proportion to what it was
 * seen to carry (bytes a second), so that their mean is a weight of 1; a link with nothing measured counts as that mean. Fixed
 * weights are what they are. Where nothing is measured, or nothing is `auto`, the weights are those of the config.
 */
export function weightsOf(links: readonly Member[], measured: Readonly<Record<UplinkId, number>>): readonly number[] {
  const rates = links.map(({ id, rank }) => (rank.weight === "auto" ? (measured[id] ?? null) : null));
  const known = rates.filter((rate) => rate !== null);
  const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length;
  const best = Math.max(...known);
  const weights = links.map(({ rank }, index) => {
    if (rank.weight !== "auto") return rank.weight;
    const rate = rates[index] ?? null;
    return rate === null ? 1 : Math.max(rate, best * LEAST_PART) / mean;
  });
  if (known.length === 0) return weights;
  const scale = Math.min(STEPS, MAX_WEIGHT / Math.max(...weights));
  return weights.map((weight) => Math.max(1, Math.round(weight * scale)));
}
