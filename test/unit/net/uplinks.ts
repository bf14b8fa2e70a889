import type { PortPath } from "../../../src/hotplug/types.ts";
import type { DesiredNetwork, DesiredUplink } from "../../../src/net/types.ts";

/** A desired network with one link per weight: slots 1, 2, … on ppp0, ppp1, … */
export function network(weights: readonly number[], by: DesiredNetwork["by"] = "connection"): DesiredNetwork {
  return { lan: "lan-br", by, uplinks: weights.map((weight, index) => uplink(index + 1, weight)) };
}

export function uplink(slot: number, weight = 1): DesiredUplink {
  return {
    slot,
    port: `1-${slot}` as PortPath,
    interface: `ppp${slot - 1}`,
    address: `10.0.${slot}.2`,
    weight,
  };
}
