import type { AccessPointEffects, LanEffects } from "../../machines/access-point/effects.ts";
import type { RadioEffects } from "../../machines/radio/effects.ts";
import type { Config } from "../config/types.ts";
import type { Hostapd } from "../hostapd/create-hostapd.ts";
import { makeVerify } from "../radio/verify-radio.ts";
import type { Passphrase } from "../secrets/passphrase.ts";

export function radioEffects({ hostapd, config }: { hostapd: Hostapd; config: () => Config }): RadioEffects {
  return {
    verify: makeVerify({ wanted: () => config().accessPoint }),
    addRadio: hostapd.addRadio,
    removeRadio: hostapd.removeRadio,
    survey: hostapd.survey,
    watchRadio: hostapd.watchRadio,
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
