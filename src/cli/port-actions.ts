import type { PortAction, RankChange } from "../inspector/types.ts";

/** What a hand can have done to a port: what it does, and what is said once the agent has taken it. */
export const PORT_ACTIONS: readonly { readonly name: PortAction; readonly does: string; readonly done: string }[] = [
  { name: "retry", does: "try again now, instead of waiting", done: "will be tried again now" },
  { name: "disable", does: "take what sits in this port out of use", done: "is being taken out of use" },
  { name: "enable", does: "take what sits in this port into use again", done: "is being taken into use" },
];

/** What is said once the agent has taken a move. */
export const MOVED: Readonly<Record<NonNullable<RankChange["role"]>, string>> = {
  balance: "in the balancer",
  bundle: "in the bundle",
  config: "where the config has it",
};
