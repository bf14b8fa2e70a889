import { readdir } from "node:fs/promises";
import { renderFileProblem } from "../config/file-problem.ts";
import { readDevice } from "../hotplug/sysfs-device.ts";
import { type PortPath, parsePortPath, type UsbDevice, usbId } from "../hotplug/types.ts";
import { fingerprint } from "../rules/fingerprint.ts";
import { loadRuleBook } from "../rules/load-rule-book.ts";
import { loadRuleFile } from "../rules/load-rules.ts";
import type { Rule } from "../rules/rule-schema.ts";
import type { Identity } from "../rules/types.ts";

/**
 * Reads one file of rules as if it were one of this machine's own, and tells what is wrong with it, or which of the devices that
 * are plugged in each rule fits, and whether it decides. Never rejects.
 */
export async function tryRules(
  { folder, file }: { readonly folder: string; readonly file: string },
  {
    sysfs = "/sys",
    ...places
  }: { readonly sysfs?: string; readonly localFolder?: string; readonly databaseDirs?: readonly string[] } = {},
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const { rules, problems } = await loadRuleFile(file, file);
  if (problems.length > 0) return { ok: false, text: `${problems.map(renderFileProblem).join("\n")}\n` };
  const [devices, { book, isAmbiguous }] = await Promise.all([
    pluggedIn(sysfs),
    loadRuleBook({ folder, tried: rules, ...places }),
  ]);
  const lines = rules.flatMap((rule) => {
    const fits = devices.filter((device) => fingerprint(rule, device, false) !== null);
    const told = fits.map(
      (device) => `  ${deviceText(device)}: ${verdict(rule, device, book.identify(device), isAmbiguous)}`,
    );
    return [`“${rule.name}”:`, ...(told.length === 0 ? ["  fits nothing that is plugged in"] : told)];
  });
  const count = `${rules.length} rule${rules.length === 1 ? "" : "s"}`;
  return { ok: true, text: `${[`${file} is sound: ${count}.`, ...lines].join("\n")}\n` };
}

function verdict(
  rule: Rule,
  device: UsbDevice,
  identity: Identity,
  isAmbiguous: (device: UsbDevice) => boolean,
): string {
  if (identity.why.includes(`${rule.source}, “${rule.name}”: `)) return `decides; it is ${KINDS[identity.kind]}`;
  if (isAmbiguous(device) && fingerprint(rule, device, true) === null)
    return "fits by ids that several devices share, so it needs a string or an interface as well";
  return `fits, but another one decides: ${identity.why}`;
}

const KINDS: Readonly<Record<Identity["kind"], string>> = {
  modem: "a modem",
  storage: "a modem in storage mode",
  unswitchable: "a modem in storage mode that cannot be switched here",
  maybe: "perhaps a modem, which its driver's serial ports will tell",
  hub: "a hub",
  other: "left alone",
};

function deviceText(device: UsbDevice): string {
  return `${device.port} (${usbId(device)})`;
}

async function pluggedIn(sysfs: string): Promise<readonly UsbDevice[]> {
  const names = await readdir(`${sysfs}/bus/usb/devices`).catch(() => []);
  const ports = names.map(parsePortPath).filter((port): port is PortPath => port !== null);
  const devices = await Promise.all(ports.map((port) => readDevice(sysfs, port, null)));
  return devices.filter((device) => device !== null);
}
