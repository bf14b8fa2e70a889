import type { Command } from "commander";
import { renderFileProblem } from "../config/file-problem.ts";
import { loadConfig } from "../config/load-config.ts";
import { socketOption } from "./arguments.ts";
import type { CliActions } from "./build-cli.ts";
import { plain } from "./style.ts";
import type { Surroundings } from "./surroundings.ts";

interface ReportOptions {
  readonly output?: string;
  readonly config?: string;
  readonly rules?: string;
  readonly socket: string;
}

const DEFAULT_CONFIG = "/etc/wanherd/wanherd.yaml";

/** Adds `wanherd report`. What it needs is loaded when it is used. */
export function addReportCommand(
  program: Command,
  { version, checkRules }: CliActions,
  surroundings: Surroundings,
): void {
  const { terminal, probe, now } = surroundings;
  program
    .command("report")
    .description("one file to attach to a bug report: versions, config without secrets, journal, kernel log, doctor")
    .option(
      "-o, --output <file>",
      "a file that there is not yet, or - for standard output (default: wanherd-report-TIME.txt)",
    )
    .option("--config <file>", "configuration (default: /etc/wanherd/wanherd.yaml, if there is one)")
    .option("--rules <folder>", "rules on hardware (default: those that came with the program)")
    .addOption(socketOption())
    .action(async ({ output, config: file = DEFAULT_CONFIG, rules, socket }: ReportOptions) => {
      const [
        { renderReport },
        { kernelSection, versionsSection },
        { journalSection },
        secrets,
        { maskIdentities },
        { configText },
      ] = await Promise.all([
        import("../report/render-report.ts"),
        import("../report/system-sections.ts"),
        import("../report/journal-section.ts"),
        import("../report/without-secrets.ts"),
        import("../journal/redact.ts"),
        import("../report/config-text.ts"),
      ]);
      const { joinedFile, readJoined } = await import("../bundle/joined.ts");
      const joined = await readJoined(joinedFile(file)).catch(() => null);
      const loaded = await loadConfig(file);
      const config = "config" in loaded ? loaded.config : null;
      const client = surroundings.client(socket);
      const text = await renderReport(
        [
          versionsSection(version, probe.findProgram),
          {
            title: `config ${file}, without secrets`,
            text: async () =>
              "config" in loaded
                ? configText(loaded.config)
                : `refused:\n${loaded.problems.map(renderFileProblem).join("\n")}`,
          },
          { title: "rules", text: async () => (await checkRules({ rules })).text },
          {
            title: "doctor",
            text: async () => {
              const { examine, renderFindings } = await import("./doctor/examine.ts");
              return renderFindings(await examine(probe), plain);
            },
          },
          { title: "status", text: async () => JSON.stringify(await client.status(), null, 2) },
          kernelSection(probe.findProgram),
          journalSection(client, config?.journal.directory ?? "/var/lib/wanherd"),
        ],
        (part) => {
          const masked = secrets.maskAll(part, [...secrets.secretsOf(config), ...secrets.secretsOf(joined)]);
          // Where it is not known whether they are to be masked, they are.
          return (config?.journal.maskIdentities ?? true) ? maskIdentities(masked) : masked;
        },
      );
      if (output === "-") return terminal.out(text);
      const name = output ?? `wanherd-report-${now().toISOString().slice(0, 19).replaceAll(":", "")}.txt`;
      const { saveReport } = await import("../report/save-report.ts");
      await saveReport(name, text);
      terminal.out(`${name}: read it before you send it; it tells what your links and SIMs are, and no secret\n`);
    });
}
