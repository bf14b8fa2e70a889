import type { FileProblem } from "../config/file-problem.ts";
import { LOCAL_RULES, loadRules } from "./load-rules.ts";
import { DATABASE_FOLDERS, loadDatabase } from "./usb-modeswitch/database.ts";
import { findProgram } from "./usb-modeswitch/find-program.ts";
import { type ModeSwitchReport, modeSwitchReport } from "./usb-modeswitch/mode-switch-report.ts";

/** What `wanherd rules check` found. Plain data. */
export interface RulesReport {
  /** False when a file of rules has a problem. */
  readonly ok: boolean;
  readonly folder: string;
  /** Number of rules per file, this machine's own by their whole path. */
  readonly rules: Readonly<Record<string, number>>;
  readonly problems: readonly FileProblem[];
  readonly database: ModeSwitchReport & { readonly problems: readonly FileProblem[] };
  /** Where the program usb_modeswitch is, null: not installed. */
  readonly program: string | null;
}

/** Reads and checks all rules of ours, those of this machine, and usb_modeswitch's database as installed. Never rejects. */
export async function checkRules(input: {
  folder: string;
  localFolder?: string;
  databaseDirs?: readonly string[];
  programDirs?: readonly string[];
}): Promise<RulesReport> {
  const [shipped, local] = await Promise.all([
    loadRules(input.folder),
    loadRules(input.localFolder ?? LOCAL_RULES, { local: true }),
  ]);
  const rules = [...shipped.rules, ...local.rules];
  const problems = [...shipped.problems, ...local.problems];
  const database = await loadDatabase(input.databaseDirs ?? DATABASE_FOLDERS);
  const program = await findProgram(input.programDirs);
  const perFile: Record<string, number> = {};
  for (const rule of rules) perFile[rule.source] = (perFile[rule.source] ?? 0) + 1;
  return {
    ok: problems.length === 0,
    folder: input.folder,
    rules: perFile,
    problems,
    database: { ...modeSwitchReport(database), problems: database.problems },
    program,
  };
}
