import type { Finding, Probe } from "./types.ts";

/** Debian's packages of firmware, by the beginnings of the files in them that USB dongles ask for. */
const PACKAGES: readonly (readonly [RegExp, string])[] = [
  [/^(?:ath9k_htc|htc_9271|htc_7010|ath10k|carl9170)/, "firmware-atheros"],
  [/^(?:rt2870|rt3070|rt3071|rt73|mediatek|mt76)/, "firmware-misc-nonfree"],
  [/^(?:rtlwifi|rtl_|rtw88|rtw89|rtl87)/, "firmware-realtek"],
  [/^brcm\//, "firmware-brcm80211"],
];

/** Whether the kernel lacks firmware for something that is plugged in. */
export async function checkFirmware(probe: Probe): Promise<Finding[]> {
  const lacking = await probe.firmwareLacking();
  if (lacking.length === 0) return [{ level: "ok", text: "firmware: no device on the bus lacks any" }];
  return lacking.map(({ port, file }) => {
    const name = PACKAGES.find(([pattern]) => pattern.test(file))?.[1];
    const where = "of the section non-free-firmware";
    return {
      level: "warn",
      text: `firmware: the device in ${port} needs ${file}, which is not there`,
      mend:
        name === undefined
          ? `find the package ${where} that has it: apt-file search ${file}`
          : `apt install ${name} (${where}), and plug it in again`,
    };
  });
}
