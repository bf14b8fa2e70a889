import type { Probe } from "./types.ts";

/** Where udev looks for rules, highest priority first (udev(7)). */
const RULE_FOLDERS = ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d"];

/** Whether a rules file of ours is installed. */
export async function hasOurUdevRules(probe: Pick<Probe, "list">): Promise<boolean> {
  const folders = await Promise.all(RULE_FOLDERS.map((folder) => probe.list(folder)));
  return folders.flat().some((name) => /wanherd[^/]*\.rules$/.test(name));
}
