/** A USB port path, or an interface of ours, with what is no part of either on both sides. */
const PORT =
  /(?:^|[^0-9A-Za-z.-])[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,5}(?::[0-9]+\.[0-9]+)?(?=$|[^0-9A-Za-z-])/;
/** What the drivers of sticks and their links call themselves, and what happens to a whole computer that is short of something. */
const DRIVERS =
  /\b(?:usb|usbcore|hub|[exou]hci[_a-z]*|option[0-9]?|cdc_\w+|qmi_wwan|rndis_host|usbserial|usb[_-]storage|usb_wwan|tty(?:USB|ACM)[0-9]+|ppp\w*|wan[0-9]\S*|wlan[0-9]+|phy[0-9]+|mac80211|cfg80211|rt2\w+|ath9k\w*|rtl\w+|wwan[0-9]+|voltage|under-?voltage|oom-kill|Out of memory)\b/i;

/** Of the kernel's log what concerns the USB ports and what sits in them: the newest `most` lines. */
export function kernelLines(log: string, most: number): readonly string[] {
  return log
    .split("\n")
    .filter((line) => PORT.test(withoutTime(line)) || DRIVERS.test(line))
    .slice(-most);
}

/** `[   12.345678]` and `2026-01-05T14:00:00,123456+00:00` are no ports. */
function withoutTime(line: string): string {
  return line.replace(/^(?:\[[^\]]{1,40}\]|[0-9]{4}-[0-9]{2}-[0-9]{2}T\S{1,30})/, "");
}
