import { renderFileProblem } from "../config/file-problem.ts";
import type { RulesReport } from "./check-rules.ts";

/** The report as text for a terminal; the same report always gives the same text. */
export function renderRulesReport(report: RulesReport): string {
  const { database } = report;
  const lines: string[] = [`Rules in ${report.folder}:`, ...counts(report.rules, "rules")];
  for (const problem of report.problems) lines.push(`  PROBLEM ${renderFileProblem(problem)}`);
  lines.push("", "usb_modeswitch's database:");
  if (database.entries === 0) lines.push("  not installed (Debian: usb-modeswitch-data)");
  lines.push(`  ${database.entries} entries, ${database.switchable} of them switchable by wanherd:`);
  lines.push(...counts(database.byMethod, "", "    "));
  lines.push(`  ${database.nothingToSend} say on purpose that nothing is to be sent`);
  const installed = report.program ?? "not installed; Debian: usb-modeswitch";
  lines.push(`  ${database.forProgram} left to the program usb_modeswitch (${installed}):`);
  lines.push(...counts(database.byMissingSetting, "", "    "));
  for (const { entry, reason } of database.broken) lines.push(`  broken: ${entry}: ${reason}`);
  for (const problem of database.problems) lines.push(`  problem: ${renderFileProblem(problem)}`);
  lines.push("", report.ok ? "All rules are sound." : "Files with a problem are left out until it is mended.");
  return `${lines.join("\n")}\n`;
}

/** Largest first, then by name. */
function counts(table: Readonly<Record<string, number>>, unit: string, indent = "  "): string[] {
  return Object.entries(table)
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b, "en"))
    .map(([name, count]) => `${indent}${name.padEnd(26)} ${String(count).padStart(4)} ${unit}`.trimEnd());
}
