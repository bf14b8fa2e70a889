import type { Finding, Probe } from "./types.ts";

/** Types of rfkill (Documentation/ABI/stable/sysfs-class-rfkill) that are of use here, as a person calls them. */
const KINDS: Readonly<Record<string, string>> = { wlan: "WiFi radio", wwan: "modem's radio" };

/** Radios that are switched off, by software or by a switch or key of this computer; the agent switches none on. */
export async function checkRadioSwitches(probe: Probe): Promise<Finding[]> {
  const [switches, { accessPoint }] = await Promise.all([probe.radioSwitches(), probe.configuration()]);
  const found = switches.flatMap(({ name, type, soft, hard }): Finding[] => {
    const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
    if (kind === undefined || !(soft || hard) || (type === "wlan" && !accessPoint.enabled)) return [];
    const text = `rfkill: the ${kind} ${name} is switched off by ${hard ? "a switch or key of this computer" : "software"}`;
    return [{ level: "warn", text, mend: hard ? "use that switch or key" : `rfkill unblock ${type}` }];
  });
  return found.length === 0 ? [{ level: "ok", text: "rfkill: no radio is switched off" }] : found;
}
