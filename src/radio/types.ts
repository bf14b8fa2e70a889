import type { PortPath } from "../hotplug/types.ts";
import type { InterfaceId } from "../net/types.ts";

/** What a radio is known by for as long as it lasts: the port of its dongle, or the interface that the config names. */
export type RadioId = PortPath | InterfaceId;

/** What is there of a radio, as sysfs has it. */
export interface RadioDevice {
  readonly id: RadioId;
  /** The kernel's name of it, e.g. `phy0`; null: no driver has made one. */
  readonly phy: string | null;
  /** Its network interface as udev has named it; null: there is none. */
  readonly interface: string | null;
  /** Switched off (rfkill): by software, or by a switch or key of this computer. */
  readonly blocked: "soft" | "hard" | null;
}

/** How many MHz a channel takes. */
export type ChannelWidth = 20 | 40 | 80;

/** A channel that a radio may serve on: neither disabled, nor reserved for others until proven free (no-IR, radar). */
export interface AllowedChannel {
  readonly channel: number;
  /** In MHz. */
  readonly frequency: number;
  /** The most that radio and country allow with this as the primary channel. */
  readonly maxWidth: ChannelWidth;
  /** Where the other 20 MHz of its 40 lie; null where 20 MHz is all. */
  readonly secondary: "above" | "below" | null;
}

/** What a radio can do in one band, by `iw phy`. */
export interface BandCapabilities {
  /** HT Capabilities Info (IEEE 802.11, 9.4.2.55.2) as a number; null: no HT (802.11n). */
  readonly ht: number | null;
  /** VHT Capabilities Info (9.4.2.157.2) as a number; null: no VHT (802.11ac). */
  readonly vht: number | null;
  /** HE (802.11ax) as an access point. */
  readonly he: boolean;
}

/** A radio that can be an access point, as far as the kernel can tell. */
export interface VerifiedRadio {
  readonly phy: string;
  readonly interface: string;
  /** `00:11:22:33:44:55` */
  readonly macAddress: string;
  /** All that it may serve on; at least one of them is in the config. */
  readonly channels: readonly AllowedChannel[];
  readonly bands: { readonly low: BandCapabilities | null; readonly high: BandCapabilities | null };
  /** Protected management frames (802.11w), which WPA3 needs: the cipher BIP-CMAC-128 is there. */
  readonly pmf: boolean;
  /** The most stations that its driver takes; null: it does not say. */
  readonly maxStations: number | null;
  /** The channel on which an earlier agent's hostapd serves it still, for its clients to stay; null: it does not. */
  readonly serves: number | null;
}

export type Security = "wpa2" | "wpa3" | "wpa2-wpa3";

/** What the network of all radios is, but for the passphrase itself. */
export interface NetworkSettings {
  /** 1–32 bytes of UTF-8. */
  readonly ssid: string;
  readonly hidden: boolean;
  /** Stations may not talk to each other. */
  readonly isolation: boolean;
  /** At each radio; null: as many as its driver takes. */
  readonly maxStations: number | null;
  readonly security: Security;
  /** ISO 3166-1 alpha-2, or null: as the kernel has it. */
  readonly country: string | null;
  /** Another number with another passphrase, so that a change of it is seen; says nothing of it. */
  readonly passphrase: number;
}

/**
 * What one radio is to do, whole; no secret. Two equal values are the same access point. `security` is what the radio can of
 * what the config asks for: without PMF `wpa2-wpa3` has become `wpa2`.
 */
export interface RadioSetup extends NetworkSettings, Pick<BandCapabilities, "ht" | "vht" | "he"> {
  readonly phy: string;
  readonly interface: string;
  readonly macAddress: string;
  /** The bridge that it joins; it exists. */
  readonly bridge: string;
  /** 1–13, or from 36 on in the 5 GHz band. */
  readonly channel: number;
  readonly width: ChannelWidth;
  /** Where the second 20 MHz of 40 and 80 are. */
  readonly secondary: "above" | "below" | null;
}

/** Another network that a radio hears. */
export interface Neighbour {
  /** In MHz, of its primary channel. */
  readonly frequency: number;
  readonly signalDbm: number;
}

/** A client of the access point. */
export interface Station {
  /** `00:11:22:33:44:55` */
  readonly mac: string;
  /** The radio's. */
  readonly interface: string;
  /** As the radio hears it; null: not told. */
  readonly signalDbm: number | null;
  /** From the station, and to it, since it has associated. */
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly connectedSeconds: number;
}
