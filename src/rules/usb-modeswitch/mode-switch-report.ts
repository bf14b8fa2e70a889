import type { ModeSwitchDatabase } from "./database.ts";
import { planOf } from "./entry-plan.ts";

/** How much of usb_modeswitch's database we can do. */
export interface ModeSwitchReport {
  readonly entries: number;
  readonly switchable: number;
  /** Entries by method; one with two methods (eject, then a message) counts under both. */
  readonly byMethod: Readonly<Record<string, number>>;
  /** Entries that are for the program usb_modeswitch, by the setting that we cannot do. */
  readonly forProgram: number;
  readonly byMissingSetting: Readonly<Record<string, number>>;
  /** Entries that say on purpose that nothing is to be sent (`Configuration=0`). */
  readonly nothingToSend: number;
  /** Entries that contradict themselves: file name and reason. */
  readonly broken: readonly { readonly entry: string; readonly reason: string }[];
}

/** Goes through the whole database; takes some tens of milliseconds, so it is for the command line only. */
export function modeSwitchReport(database: ModeSwitchDatabase): ModeSwitchReport {
  const byMethod: Record<string, number> = {};
  const byMissingSetting: Record<string, number> = {};
  const broken: { entry: string; reason: string }[] = [];
  let [entries, switchable, forProgram, nothingToSend] = [0, 0, 0, 0];
  for (const { name, text } of database.entries()) {
    entries++;
    const outcome = planOf(text, name.file, name.id);
    if (outcome.kind === "plan") {
      switchable++;
      for (const method of outcome.methods) byMethod[method] = (byMethod[method] ?? 0) + 1;
    } else if (outcome.kind === "missing") {
      forProgram++;
      byMissingSetting[outcome.setting] = (byMissingSetting[outcome.setting] ?? 0) + 1;
    } else if (outcome.kind === "nothing") {
      nothingToSend++;
    } else {
      broken.push({ entry: name.file, reason: outcome.reason });
    }
  }
  return { entries, switchable, byMethod, forProgram, byMissingSetting, nothingToSend, broken };
}
