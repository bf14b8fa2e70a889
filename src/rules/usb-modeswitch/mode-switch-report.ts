import type { ModeSwitchDatabase } from "./database.ts";
import { planOf } from "./entry-plan.ts";

/** How much of usb_modeswitch's database we can do. */
export interface ModeSwitchReport {
  readonly entries: number;
  readonly switchable: number;
  /** Entries by method; one with two methods (eject, then a message) counts under both. */
  readonly byMethod: Readonly<Record<string, number>>;
  readonly unswitchable: number;
  readonly byMissingMethod: Readonly<Record<string, number>>;
  /** Entries that say on purpose that nothing is to be sent (`Configuration=0`). */
  readonly nothingToSend: number;
  /** Entries that contradict themselves: file name and reason. */
  readonly broken: readonly { readonly entry: string; readonly reason: string }[];
}

/** Goes through the whole database; takes some tens of milliseconds, so it is for the command line only. */
export function modeSwitchReport(database: ModeSwitchDatabase): ModeSwitchReport {
  const byMethod: Record<string, number> = {};
  const byMissingMethod: Record<string, number> = {};
  const broken: { entry: string; reason: string }[] = [];
  let [entries, switchable, unswitchable, nothingToSend] = [0, 0, 0, 0];
  for (const { name, text } of database.entries()) {
    entries++;
    const outcome = planOf(text, name.file, name.id);
    if (outcome.kind === "plan") {
      switchable++;
      for (const method of outcome.methods) byMethod[method] = (byMethod[method] ?? 0) + 1;
    } else if (outcome.kind === "missing") {
      unswitchable++;
      byMissingMethod[outcome.method] = (byMissingMethod[outcome.method] ?? 0) + 1;
    } else if (outcome.kind === "nothing") {
      nothingToSend++;
    } else {
      broken.push({ entry: name.file, reason: outcome.reason });
    }
  }
  return { entries, switchable, byMethod, unswitchable, byMissingMethod, nothingToSend, broken };
}
