import type { Neighbour, RadioDevice, RadioSetup, VerifiedRadio } from "../../src/radio/types.ts";
import type { Failure } from "../failure.ts";

/** What is heard of a radio that serves. */
export type ServingEvent =
  | { readonly type: "station.joined"; readonly mac: string }
  | { readonly type: "station.left"; readonly mac: string }
  /** It serves no longer, and nobody has asked for that; told once, nothing follows. */
  | { readonly type: "radio.failed"; readonly failure: Failure };

/**
 * What a radio needs of hostapd, which runs already (`AccessPointEffects.runHostapd`). All of it is about one radio: what is
 * done to one must not be noticed by the others' stations.
 */
export interface HostapdRadioEffects {
  /**
   * Adds it to the running hostapd. Resolves when it beacons (AP-ENABLED); bounded by itself, 15 s. Rejects with HostapdRefused
   * and what hostapd said, FirmwareMissing (the interface cannot be set up for lack of it), InterfaceBusy, or SystemRefused, and
   * with ProcessCrashed when hostapd has ended meanwhile; hostapd then has it no longer, and the interface is as it was
   * before: its type, address, being up or down, and its bridge. The same when `signal` aborts. One that hostapd has already,
   * of whatever setup, is taken out first. The passphrase is not in the setup: it is looked up here, when it is sent.
   */
  addRadio(setup: RadioSetup, signal: AbortSignal): Promise<void>;
  /**
   * Takes it out of hostapd, and gives the interface back as it was before `addRadio`. Nothing to do is no error: hostapd may
   * have ended, the interface may have gone (it was pulled out). Bounded by itself, 5 s. Rejects with SystemRefused.
   */
  removeRadio(interfaceName: string): Promise<void>;
  /**
   * Until the returned function is called. Stations that it has already are told first. The end of hostapd itself is no
   * `radio.failed`: its supervisor tells of that.
   */
  watchRadio(interfaceName: string, emit: (event: ServingEvent) => void): () => void;
  /**
   * Who else is heard, with the interface as it was before afterwards (it may be up for that meanwhile). Bounded by itself, 6 s.
   * Rejects with SystemRefused; the caller then goes on without. `channels`: only these need to be listened on.
   */
  survey(interfaceName: string, channels: readonly number[], signal: AbortSignal): Promise<readonly Neighbour[]>;
}

/** All that the machine of a radio may do to or ask of the world. */
export interface RadioEffects extends HostapdRadioEffects {
  /**
   * Whether it can be an access point, by its driver and the kernel's own word. Changes nothing of the radio; has the
   * kernel take over the config's country. Rejects with a FailureError
   * that says why not: DriverMissing, FirmwareMissing, WextOnly, PhyMissing, RadioBlocked, RadioSwitchedOff, InterfaceBusy,
   * ApUnsupported, ApLimit, ChannelForbidden.
   */
  verify(radio: RadioDevice, signal: AbortSignal): Promise<VerifiedRadio>;
  /** Tells when something of its interface changes, as when another program gives it back, until the returned function is called. */
  watchInterface(interfaceName: string, changed: () => void): () => void;
}
