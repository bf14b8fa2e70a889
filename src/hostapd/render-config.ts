import { FailureError } from "../../machines/failure.ts";
import { isInterfaceName } from "../net/check-desired.ts";
import type { RadioSetup, Security } from "../radio/types.ts";
import { htCapab, vhtCapab } from "./capabilities.ts";

export interface ConfigPlan {
  readonly setup: RadioSetup;
  /** 8–63 printable ASCII characters, as IEEE 802.11 has it. Secret. */
  readonly passphrase: string;
  /** Where hostapd makes this radio's control socket. */
  readonly controlFolder: string;
}

const PASSPHRASE = /^[\x20-\x7e]{8,63}$/;
const PATH = /^[A-Za-z0-9_./-]{1,80}$/;
const SSID_BYTES = 32;
/** IEEE 802.11: association ids. */
const MAX_STATIONS = 2007;

/**
 * Key management and protected management frames: all clients of WPA3 must protect theirs, also in transition. SAE derives
 * its element by hashing or by hunting, as the client can.
 */
const SECURITY: Readonly<Record<Security, readonly string[]>> = {
  wpa2: ["wpa_key_mgmt=WPA-PSK"],
  "wpa2-wpa3": ["wpa_key_mgmt=WPA-PSK SAE", "ieee80211w=1", "sae_require_mfp=1", "sae_pwe=2"],
  wpa3: ["wpa_key_mgmt=SAE", "ieee80211w=2", "sae_pwe=2"],
};

/**
 * hostapd's whole configuration of one radio (hostapd.conf of 2.10). The SSID goes in as hexadecimal digits, so that any
 * is safe; the passphrase has no such form, but no character that could end its line. Throws FailureError Internal where
 * a value must never reach hostapd; its message names no secret.
 */
export function renderConfig({ setup, passphrase, controlFolder }: ConfigPlan): string {
  const { interface: name, bridge, ssid, country, maxStations } = setup;
  const ssidBytes = Buffer.from(ssid, "utf8");
  demand(isInterfaceName(name) && isInterfaceName(bridge), "names of interfaces");
  demand(PATH.test(controlFolder), "a plain path");
  demand(ssidBytes.toString() === ssid && isWithin(ssidBytes.length, 1, SSID_BYTES), "an SSID of 1 to 32 bytes");
  demand(PASSPHRASE.test(passphrase), "a passphrase of 8 to 63 printable ASCII characters");
  demand(country === null || /^[A-Z]{2}$/.test(country), "a country of two capital letters");
  demand(maxStations === null || isWithin(maxStations, 1, MAX_STATIONS), "a limit of 1 to 2007 stations");
  return [
    "# Made by wanherd at each start of this radio.",
    `interface=${name}`,
    "driver=nl80211",
    `bridge=${bridge}`,
    `ctrl_interface=${controlFolder}`,
    // What it has to say, it says in its log, which we read.
    "logger_syslog=0",
    `ssid2=${ssidBytes.toString("hex")}`,
    "utf8_ssid=1",
    ...(setup.hidden ? ["ignore_broadcast_ssid=1"] : []),
    ...(country === null ? [] : [`country_code=${country}`, "ieee80211d=1"]),
    ...channelLines(setup),
    // 802.11n asks for it.
    "wmm_enabled=1",
    "wpa=2",
    ...SECURITY[setup.security],
    "rsn_pairwise=CCMP",
    `wpa_passphrase=${passphrase}`,
    ...(setup.isolation ? ["ap_isolate=1"] : []),
    ...(maxStations === null ? [] : [`max_num_sta=${maxStations}`]),
    "",
  ].join("\n");
}

function channelLines({ channel, width, secondary, ht, vht, he }: RadioSetup): string[] {
  const isHigh = isWithin(channel, 36, 177);
  demand(isHigh || isWithin(channel, 1, 14), "a channel of the 2.4 or 5 GHz band");
  demand((width === 20) === (secondary === null), "a second channel where, and only where, it is wider than 20 MHz");
  demand(width === 20 || ht !== null, "802.11n for 40 MHz");
  demand(width !== 80 || (isHigh && (vht !== null || he)), "802.11ac or ax, at 5 GHz, for 80 MHz");
  const wide = (prefix: string): string[] =>
    width === 80 ? [`${prefix}_oper_chwidth=1`, `${prefix}_oper_centr_freq_seg0_idx=${centerOf80(channel)}`] : [];
  const capab = ht === null ? "" : htCapab(ht, secondary);
  const vhtCapabilities = vht === null ? "" : vhtCapab(vht);
  return [
    `hw_mode=${isHigh ? "a" : "g"}`,
    `channel=${channel}`,
    ...(ht === null ? [] : ["ieee80211n=1"]),
    ...(capab === "" ? [] : [`ht_capab=${capab}`]),
    ...(vht === null || !isHigh ? [] : ["ieee80211ac=1", ...wide("vht")]),
    ...(vhtCapabilities === "" || !isHigh ? [] : [`vht_capab=${vhtCapabilities}`]),
    ...(he ? ["ieee80211ax=1", ...wide("he")] : []),
  ];
}

/** The channel number of the middle of the 80 MHz that a 5 GHz channel is in (IEEE 802.11, annex E). */
function centerOf80(channel: number): number {
  const first = channel < 149 ? 36 : 149;
  return first + 16 * Math.floor((channel - first) / 16) + 6;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function demand(holds: boolean, needed: string): void {
  if (!holds) throw new FailureError("Internal", `hostapd's configuration needs ${needed}`);
}
