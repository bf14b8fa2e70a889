import type { Station } from "../radio/types.ts";

/** No access point has more (IEEE 802.11: association ids). */
const MAX_STATIONS = 2007;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/**
 * What `hostapd_cli all_sta` prints: for each station its address on a line, and then `key=value` lines. Those that have yet
 * to prove that they know the passphrase are left out. Numbers that are none are 0; a signal that is none is null.
 */
export function parseStations(text: string, interfaceName: string): Station[] {
  const stations: Station[] = [];
  let mac: string | null = null;
  let values = new Map<string, string>();

  function finish(): void {
    if (mac === null || !(values.get("flags") ?? "").includes("[AUTHORIZED]")) return;
    stations.push({
      mac,
      interface: interfaceName,
      signalDbm: signal(values.get("signal")),
      rxBytes: count(values.get("rx_bytes")),
      txBytes: count(values.get("tx_bytes")),
      connectedSeconds: count(values.get("connected_time")),
    });
  }

  for (const line of text.split("\n")) {
    if (MAC.test(line)) {
      finish();
      if (stations.length === MAX_STATIONS) return stations;
      mac = line;
      values = new Map();
      continue;
    }
    const [, key = "", value = ""] = /^(\w{1,40})=(.{0,200})$/.exec(line) ?? [];
    if (!values.has(key)) values.set(key, value);
  }
  finish();
  return stations;
}

function count(text = ""): number {
  return /^\d{1,20}$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : 0;
}

/** nl80211 tells whole dBm; drivers that know none tell 0. */
function signal(text = ""): number | null {
  return /^-\d{1,3}$/.test(text) ? Number(text) : null;
}
