import type { HotplugEvent } from "../../src/hotplug/types.ts";
import type { InterfaceId } from "../../src/net/types.ts";
import type { AdoptedMember } from "../uplinks/effects.ts";

/** All that the agent machine itself may do to the world. */
export interface AgentEffects {
  /**
   * Looks at what an earlier agent left behind. Resolves with the links that are to be adopted; all else of it is ended, so
   * that nothing is doubled.
   */
  prepare(): Promise<readonly AdoptedMember[]>;
  /** Ends those of them that no modem machine has taken over; resolves when they are gone. */
  abandon(): Promise<void>;
  /** Reports what is plugged in, and then what comes and goes, until the returned function is called. */
  watchHotplug(emit: (event: HotplugEvent) => void): () => void;
  /** Radios that are no USB device's and that the config names, by their interfaces; none while it has the access point off. */
  namedRadios(): readonly InterfaceId[];
}
