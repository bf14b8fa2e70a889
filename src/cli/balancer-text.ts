import { printable } from "../../machines/failure.ts";
import type { BalancerStatus, UplinkStatus } from "../inspector/types.ts";
import { bytesText } from "./text-width.ts";

type Rule = BalancerStatus["rules"][number];

/** How the links share new connections, where that is not the plain default, and where each rule's go now. One line each. */
export function balancerLines({ by, byHand, rules }: BalancerStatus): string[] {
  const spread = by === "host" ? "each LAN host keeps to one link" : "each by itself";
  const said = byHand ? "; a hand has said so, until `wanherd balance config`" : "";
  return [
    ...(by === "host" || byHand ? [`New connections: ${spread}${said}`] : []),
    ...rules.map((rule, index) => `Rule ${index + 1}: ${matchText(rule)} → ${whereTo(rule)}`),
  ];
}

/** `tcp port 443 to 192.0.2.0/24`; `everything` where nothing is said. */
function matchText({ to, protocol, ports }: Rule): string {
  const ranges = ports.map((range) => (range.from === range.to ? `${range.from}` : `${range.from}-${range.to}`));
  const several = ports.length > 1 || ranges[0]?.includes("-") === true;
  const parts = [
    protocol,
    ports.length === 0 ? null : `${several ? "ports" : "port"} ${ranges.join(", ")}`,
    to === null ? null : `to ${printable(to, 18)}`,
  ].filter((part) => part !== null);
  return parts.join(" ") || "everything";
}

function whereTo({ use, over }: Rule): string {
  const wanted = typeof use === "string" ? printable(use, 32) : `tier ${use.tier}`;
  if (over === "pool") return `${wanted}, which has no good link now: as all others`;
  if (over === "nowhere") return `${wanted}, which has no link now: refused, as the rule is strict`;
  return `${wanted} (${over.map((name) => printable(name, 15)).join(", ")})`;
}

/** A link's part of the new connections, in a column: `3 (75%)`, or why it has none. */
export function shareText({ weight, percent, health, role }: UplinkStatus): string {
  if (weight > 0) return `${weight} (${Math.round(percent)}%)`;
  if (role === "bundle" && health === "good") return "bundle";
  return health === "good" ? "standby" : "none";
}

/** What is out of the ordinary about a link's part, as short facts. */
export function rankFacts({ tier, byHand, measured, role }: UplinkStatus): string[] {
  return [
    ...(role === "bundle" ? ["bundle"] : []),
    ...(tier === 1 ? [] : [`tier ${tier}`]),
    ...(byHand.length === 0 ? [] : [`${byHand.join(" and ")} by hand`]),
    ...(measured === null ? [] : [`carries ${bytesText(measured)}/s`]),
  ];
}

/** How a link takes part and why, in sentences. */
export function partSentences(uplink: UplinkStatus): string {
  const undo = uplink.byHand.map((what) => `${what}=config`).join(" ");
  const hand =
    undo === ""
      ? ""
      : ` A hand has set its ${uplink.byHand.join(" and ")}, whatever the config says; \`wanherd set ${uplink.port ?? printable(uplink.interface, 15)} ${undo}\` undoes that.`;
  return `${share(uplink)} ${weightSource(uplink)}${hand}`;
}

function share({ weight, percent, health, tier, role }: UplinkStatus): string {
  const ofTier = tier === 1 ? "" : `, for no link of a tier above its own (${tier}) is good`;
  const bundled = role === "bundle" ? " that the bundle does not carry" : "";
  if (weight > 0) return `It gets ${percent} % of the new connections${bundled}${ofTier}.`;
  if (role === "bundle" && health === "good")
    return "It is one of the bundle's links, and gets new connections only when that does not carry.";
  switch (health) {
    case "joining":
      return "It is about to join the pool.";
    case "draining":
      return "It is about to be taken away: what goes over it goes on, and nothing new is added.";
    case "good":
      return `It stands by in tier ${tier}: it gets new connections as soon as no link of a tier above is good.`;
    case "suspect":
      return "It gets no new connections while another link is better.";
    case "probation":
      return "It was dead, and gets new connections once it has shown for a while that it is not.";
  }
}

function weightSource({ setWeight, measured }: UplinkStatus): string {
  if (setWeight !== "auto") return `Its weight is set to ${setWeight}.`;
  return measured === null
    ? "Its weight is auto: until it was seen how much it carries, it counts as an average link."
    : `Its weight is auto: it follows what it was seen to carry, ${bytesText(measured)} a second.`;
}
