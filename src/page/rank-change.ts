import type { RankChange } from "../inspector/types.ts";

/** What was written into the two fields; null: something that is no rank. The agent looks at it again. */
export function rankChange(weight: string, tier: string): RankChange | null {
  const [w, t] = [weight.trim(), tier.trim()];
  const isAuto = w === "auto";
  if (!(isAuto || (/^[1-9][0-9]{0,3}$/.test(w) && Number(w) <= 1000)) || !/^[1-9]$/.test(t)) return null;
  return { weight: isAuto ? "auto" : Number(w), tier: Number(t) };
}
