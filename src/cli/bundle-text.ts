import { printable } from "../../machines/failure.ts";
import type { BundleStatus, UplinkStatus } from "../inspector/types.ts";
import type { Page } from "./render-status.ts";
import { wrap } from "./text-width.ts";

const INDENT = "  ";

/** The bundle below the table: where it leads, how it does, over which links, and what keeps it from carrying. */
export function bundleLines(bundle: BundleStatus | null, { columns }: Page): string[] {
  if (bundle === null) return [];
  const { engine, concentrator, state, members, reason } = bundle;
  const links = members.map(({ interface: name }) => printable(name, 15));
  const head = `Bundle (${engine}) to ${printable(concentrator, 80)}: ${state}${links.length === 0 ? "" : ` over ${links.join(", ")}`}`;
  const rest = reason === undefined ? [] : wrap(printable(reason, 800), columns - INDENT.length);
  return [...wrap(head, columns), ...rest.map((line) => INDENT + line)];
}

/** Whether a link is in the bundle, and whether that carries, in a sentence; empty where there is neither a bundle nor a wish for one. */
export function bundleSentence(uplink: UplinkStatus, bundle: BundleStatus | null): string {
  const { role, interface: name, aside = false } = uplink;
  if (role === "balance") return bundle === null ? "" : "It is in the balancer, not in the bundle.";
  if (bundle === null) return "It is meant for a bundle, and there is none: no concentrator is named or joined.";
  const isMember = bundle.members.some((member) => member.interface === name);
  if (aside) return "It is meant for the bundle, which carries more without it for now; it is tried again.";
  const place = isMember ? "It is in the bundle, which" : "It is meant for the bundle, and set aside for now; that";
  if (bundle.state === "carrying") return `${place} carries.`;
  const reason = bundle.reason === undefined ? "" : `: ${printable(bundle.reason, 500).replace(/\.$/, "")}`;
  return `${place} does not carry; it is “${printable(bundle.state, 40)}”${reason}.`;
}
