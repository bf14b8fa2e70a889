import type { RadioSetup } from "../../../src/radio/types.ts";

/** The thesis's radio. */
export const SETUP: RadioSetup = {
  phy: "phy0",
  interface: "wlan0",
  macAddress: "02:00:00:00:00:01",
  bridge: "lan-br",
  ssid: "MobileAP",
  hidden: false,
  isolation: false,
  maxStations: null,
  security: "wpa2",
  country: null,
  channel: 6,
  width: 20,
  secondary: null,
  ht: 0,
  vht: null,
  he: false,
  passphrase: 1,
};
