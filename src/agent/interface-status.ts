import type { SnapshotFrom } from "xstate";
import type { InterfaceCondition } from "../../machines/interface/effects.ts";
import type { createInterfaceMachine } from "../../machines/interface/machine.ts";
import type { InterfaceStatus } from "../inspector/types.ts";

export type InterfaceSnapshot = SnapshotFrom<ReturnType<typeof createInterfaceMachine>>;

/** The state in a word or two, and why it is so where the interface is not in the pool. */
const OUTSIDE: Readonly<Record<Exclude<InterfaceCondition["condition"], "clashing" | "ready">, [string, string]>> = {
  absent: ["absent", "there is no interface of this name"],
  down: ["down", "nobody has set it up; whoever manages it (ifupdown, NetworkManager, …) has to"],
  unplugged: ["unplugged", "it has no carrier: is the cable plugged in, and the other end on?"],
  unaddressed: ["no address", "it has no IPv4 address; does its DHCP client run, and does a server answer?"],
  unrouted: ["no router", "no default route of the main table leads through it"],
};
const ASKED_ON = "it is asked on, and comes back when it has answered for ten seconds";

/** State and reason of an interface that the config names as an uplink. */
export function interfaceState(snapshot: InterfaceSnapshot): Pick<InterfaceStatus, "state" | "reason"> {
  const { seen, standing, failure } = snapshot.context;
  if (snapshot.matches("failed")) return { state: "stuck", reason: failure?.message ?? "it cannot be watched" };
  if (seen === null) return { state: "looking" };
  if (seen.condition === "clashing") {
    const reason = `its address ${seen.address} lies in the LAN's own net ${seen.lan}; change lan.address, or its network`;
    return { state: "refused", reason };
  }
  if (seen.condition !== "ready") {
    const [state, reason] = OUTSIDE[seen.condition];
    return { state, reason };
  }
  const why = failure === null ? {} : { reason: failure.message };
  if (snapshot.matches({ watching: { online: "dead" } }) || standing === "probation")
    return { state: standing === "probation" ? "recovering" : "dead", reason: [failure?.message, ASKED_ON].join("; ") };
  return { state: "online", ...why };
}
