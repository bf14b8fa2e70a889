import type { Finding, Probe } from "./types.ts";

/** Debian's packages of firmware, by the beginnings of the files in them that USB dongles ask for. */
const PACKAGES: readonly (readonly [RegExp, string])[] = [
  [/^(?:ath9k_htc|htc_9271|htc_7010)/, "apt install firmware-ath9k-htc"],
  [/^(?:ath10k|ar9170|carl9170)/, "apt install firmware-atheros (section non-free-firmware)"],
  [
    /^(?:rt2870|rt3070|rt3071|rt73|mediatek|mt76)/,
    "apt install firmware-mediatek, on Debian 12 firmware-misc-nonfree (section non-free-firmware)",
  ],
  [/^(?:rtlwifi|rtl_|rtw88|rtw89)/, "apt install firmware-realtek (section non-free-firmware)"],
  [/^brcm\//, "apt install firmware-brcm80211 (section non-free-firmware)"],
];

/** Whether the kernel lacks firmware for something that is plugged in. */
export async function checkFirmware(probe: Probe): Promise<Finding[]> {
  const lacking = await probe.firmwareLacking();
  if (lacking.length === 0) return [{ level: "ok", text: "firmware: no device on the bus lacks any" }];
  return lacking.map(({ port, file }) => {
    const mend = PACKAGES.find(([pattern]) => pattern.test(file))?.[1];
    return {
      level: "warn",
      text: `firmware: the device in ${port} needs ${file}, which is not there`,
      mend: `${mend ?? `install the package that has it: apt-file search ${file}`}; then plug it in again`,
    };
  });
}
