import type { SnapshotFrom } from "xstate";
import type { createBundleMachine } from "../../machines/bundle/machine.ts";
import { parsePortPath } from "../hotplug/types.ts";
import type { BundleStatus } from "../inspector/types.ts";
import { reasonText } from "./radio-status.ts";

export type BundleSnapshot = SnapshotFrom<ReturnType<typeof createBundleMachine>>;

/** What the bundle is doing, in a word. */
export function bundleState(snapshot: BundleSnapshot): string {
  if (snapshot.matches("locating")) return "locating";
  if (snapshot.matches({ alive: "closing" }) || snapshot.matches("releasing")) return "closing";
  if (!snapshot.matches("alive")) return "off";
  const asks = (asking: "silent" | { answering: "carrying" } | { silent: "leaving" }) =>
    snapshot.matches({ alive: { active: { traffic: { asking } } } });
  if (asks({ answering: "carrying" })) return "carrying";
  if (asks({ silent: "leaving" })) return "leaving";
  if (asks("silent")) return "silent";
  if (snapshot.matches({ alive: { active: { traffic: "asking" } } })) return "connecting";
  return snapshot.matches({ alive: { active: { traffic: "waiting" } } }) ? "waiting" : "starting";
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
