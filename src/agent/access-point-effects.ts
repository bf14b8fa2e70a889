import type { AccessPointEffects, LanEffects } from "../../machines/access-point/effects.ts";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import type { RadioEffects } from "../../machines/radio/effects.ts";
import type { Config } from "../config/types.ts";
import type { Hostapd } from "../hostapd/create-hostapd.ts";
import type { NetworkWatch } from "../net/network-watch.ts";
import { firmwareLacking } from "../radio/kernel-log.ts";
import { makeVerify } from "../radio/verify-radio.ts";
import type { Passphrase } from "../secrets/passphrase.ts";

export function radioEffects(options: {
  hostapd: Hostapd;
  config: () => Config;
  watch: Pick<NetworkWatch, "watchInterface">;
}): RadioEffects {
  const { hostapd, config, watch } = options;
  return {
    verify: makeVerify({ wanted: () => config().accessPoint, leftChannel: hostapd.leftChannel }),
    async addRadio(setup, signal) {
      try {
        await hostapd.addRadio(setup, signal);
      } catch (error) {
        // Some drivers load their firmware only when their interface is set up.
        const file = failureFrom(error).kind === "HostapdRefused" ? await firmwareLacking(setup.interface) : null;
        if (file === null) throw error;
        throw new FailureError("FirmwareMissing", `${setup.interface} needs the firmware ${file}`, { cause: error });
      }
    },
    removeRadio: hostapd.removeRadio,
    survey: hostapd.survey,
    watchRadio: hostapd.watchRadio,
    watchInterface(name, changed) {
      // The first call only says that it is listened.
      let isListening = false;
      return watch.watchInterface(name, () => {
        if (isListening) changed();
        isListening = true;
      });
    },
  };
}

export function accessPointEffects(options: {
  hostapd: Hostapd;
  lan: LanEffects;
  config: () => Config;
  passphrase: Passphrase;
  /** The LAN is there, or is there no longer. */
  lanChanged: (isThere: boolean) => void;
}): AccessPointEffects {
  const { hostapd, lan, config, passphrase, lanChanged } = options;
  return {
    runHostapd: hostapd.runHostapd,
    async applyLan(desired) {
      await lan.applyLan(desired);
      lanChanged(true);
    },
    async restoreLan() {
      lanChanged(false);
      await hostapd.abandon();
      await lan.restoreLan();
    },
    // The passphrase itself is for hostapd alone: no machine has it.
    settings() {
      const { accessPoint, lan: local } = config();
      const { interfaces: _, ...settings } = accessPoint;
      const { dhcp: __, ...lan } = local;
      return { ...settings, passphrase: passphrase.version, lan };
    },
  };
}
