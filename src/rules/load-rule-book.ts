import type { FileProblem } from "../config/file-problem.ts";
import { type UsbDevice, usbId } from "../hotplug/types.ts";
import { LOCAL_RULES, loadRules } from "./load-rules.ts";
import { createRuleBook } from "./rule-book.ts";
import type { Rule } from "./rule-schema.ts";
import type { RuleBook } from "./types.ts";
import { DATABASE_FOLDERS, loadDatabase } from "./usb-modeswitch/database.ts";
import { findProgram } from "./usb-modeswitch/find-program.ts";

export interface LoadedRuleBook {
  readonly book: RuleBook;
  /** Whether usb_modeswitch's database knows several devices with these ids, so that ids alone decide nothing. */
  isAmbiguous(device: UsbDevice): boolean;
  readonly problems: readonly FileProblem[];
}

/**
 * Reads the rules of `folder` and this machine's own, and usb_modeswitch's database, and looks where its program is. Never
 * rejects: files with problems are left out and named.
 */
export async function loadRuleBook(input: {
  folder: string;
  /** LOCAL_RULES by default. */
  localFolder?: string;
  /** More rules that count as this machine's own, and before them. */
  tried?: readonly Rule[];
  databaseDirs?: readonly string[];
  programDirs?: readonly string[];
}): Promise<LoadedRuleBook> {
  const [shipped, local, database, program] = await Promise.all([
    loadRules(input.folder),
    loadRules(input.localFolder ?? LOCAL_RULES, { local: true }),
    loadDatabase(input.databaseDirs ?? DATABASE_FOLDERS),
    findProgram(input.programDirs),
  ]);
  return {
    book: createRuleBook(shipped.rules, database, program, [...(input.tried ?? []), ...local.rules]),
    isAmbiguous: (device) => database.isAmbiguous(usbId(device)),
    problems: [...local.problems, ...shipped.problems, ...database.problems],
  };
}
