import type { DesiredLan } from "../../src/lan/types.ts";
import type { NetworkSettings, Station } from "../../src/radio/types.ts";
import type { RunProcess } from "../daemon/effects.ts";

/** What the config says of the access point; read anew at each change. */
export interface AccessPointSettings extends NetworkSettings {
  readonly enabled: boolean;
  /** Those that radios may be put on, best first among equals. */
  readonly channels: readonly number[];
  readonly lan: DesiredLan;
}

/** What makes the LAN. */
export interface LanEffects {
  /**
   * Makes the kernel have this LAN: the bridge, up, with its address, and the ports that are there in it. Idempotent. What of
   * ours is no longer wanted goes, also what an earlier agent left. Rejects with SystemRefused, and with LanCollides where the
   * net overlaps that of another interface with a default route (an uplink): then nothing was changed.
   */
  applyLan(lan: DesiredLan): Promise<void>;
  /** Takes out what `applyLan` has put in, also an earlier agent's; a bridge that others made stays. Rejects with SystemRefused. */
  restoreLan(): Promise<void>;
}

/** All that the access point's machine may do to the world. */
export interface AccessPointEffects extends LanEffects {
  settings(): AccessPointSettings;
  /**
   * Runs hostapd without a radio, or goes on with the one that an earlier agent left; ready when its control socket answers. It goes
   * on when the agent is killed, as dnsmasq does.
   */
  readonly runHostapd: RunProcess<object>;
}

/** Whom status asks. Empty while hostapd does not run. Bounded by itself; rejects with SystemRefused. */
export type ReadStations = () => Promise<readonly Station[]>;
