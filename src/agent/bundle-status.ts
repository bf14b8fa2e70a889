import type { SnapshotFrom } from "xstate";
import type { createBundleMachine } from "../../machines/bundle/machine.ts";
import { parsePortPath } from "../hotplug/types.ts";
import type { BundleStatus } from "../inspector/types.ts";
import { bundleLabel } from "./labels.ts";
import { reasonText } from "./radio-status.ts";

export type BundleSnapshot = SnapshotFrom<ReturnType<typeof createBundleMachine>>;

/** What the bundle is doing, in a word. */
export function bundleState(snapshot: BundleSnapshot): string {
  return bundleLabel(snapshot.value);
}

/** Null: there is none. */
export function bundleStatus(snapshot: BundleSnapshot, since: string): BundleStatus | null {
  const { settings, members, failure } = snapshot.context;
  const state = bundleState(snapshot);
  if (settings === null || state === "off") return null;
  const reason = reasonOf(state, failure === null ? null : reasonText(failure));
  return {
    engine: settings.engine,
    concentrator: `${settings.host}:${settings.port}`,
    state,
    since,
    ...(reason === null ? {} : { reason }),
    interface: null,
    members: (members ?? []).map(({ id, interface: name }) => ({ interface: name, port: parsePortPath(id) })),
  };
}

function reasonOf(state: string, failure: string | null): string | null {
  if (state === "carrying") return null;
  if (state === "waiting") return "none of its links is up; `wanherd move PORT bundle` gives it one";
  return failure;
}
