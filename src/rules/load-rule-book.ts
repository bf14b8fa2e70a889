import type { FileProblem } from "../config/file-problem.ts";
import { loadRules } from "./load-rules.ts";
import { createRuleBook } from "./rule-book.ts";
import type { RuleBook } from "./types.ts";
import { DATABASE_FOLDERS, loadDatabase } from "./usb-modeswitch/database.ts";
import { findProgram } from "./usb-modeswitch/find-program.ts";

/** Reads our rules and usb_modeswitch's database, and looks where its program is. Never rejects: files with problems are left out and named. */
export async function loadRuleBook(input: {
  folder: string;
  databaseDirs?: readonly string[];
  programDirs?: readonly string[];
}): Promise<{ book: RuleBook; problems: readonly FileProblem[] }> {
  const [{ rules, problems }, database, program] = await Promise.all([
    loadRules(input.folder),
    loadDatabase(input.databaseDirs ?? DATABASE_FOLDERS),
    findProgram(input.programDirs),
  ]);
  return { book: createRuleBook(rules, database, program), problems: [...problems, ...database.problems] };
}
