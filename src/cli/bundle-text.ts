import { printable } from "../../machines/failure.ts";
import type { BundleStatus } from "../inspector/types.ts";
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
