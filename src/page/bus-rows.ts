import { type HubPath, hubsAbove, type PortPath } from "../hotplug/types.ts";
import type { HubStatus, PortStatus, Status } from "../inspector/types.ts";

/** One line of the bus as it is plugged. */
export interface BusRow {
  readonly path: HubPath;
  /** How many hubs are above it. */
  readonly depth: number;
  /** Null: it is no hub. */
  readonly hub: HubStatus | "unfed" | null;
  /** Null: nothing is in it now. */
  readonly port: PortStatus | null;
}

/**
 * The bus from its root hubs down: every hub, every port that is occupied, and those of which the journal tells though they are
 * empty now.
 */
export function busRows({ ports, hubs }: Pick<Status, "ports" | "hubs">, told: readonly PortPath[]): readonly BusRow[] {
  const inUse = ports.map(({ port }) => port);
  const paths = new Set<HubPath>([...inUse, ...told, ...hubs.map(({ port }) => port)]);
  const above = new Set([...paths].flatMap((path) => (isRoot(path) ? [] : hubsAbove(path))));
  for (const hub of above) paths.add(hub);
  return [...paths].sort(compareHubPaths).map((path) => {
    const hub = hubs.find(({ port }) => port === path);
    const port = ports.find((each) => each.port === path) ?? null;
    const isHub = hub !== undefined || above.has(path) || port?.kind === "hub";
    return { path, depth: isRoot(path) ? 0 : hubsAbove(path).length, hub: hub ?? (isHub ? "unfed" : null), port };
  });
}

function isRoot(path: HubPath): path is `usb${number}` {
  return path.startsWith("usb");
}

/** By bus, then from port to port as numbers, a hub before what hangs on it. */
function compareHubPaths(a: HubPath, b: HubPath): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0);
}

function numbersOf(path: HubPath): readonly number[] {
  return (path.match(/[0-9]+/g) ?? []).map(Number);
}
