import { Command, CommanderError, Option } from "commander";
import { adviceFor, FailureError } from "../../machines/failure.ts";
import { AgentNotRunning } from "../inspector/errors.ts";
import { addAgentCommands } from "./agent-commands.ts";
import { socketOption, webSocketArgument } from "./arguments.ts";
import { renderCompletion } from "./completion.ts";
import { addConcentratorCommand } from "./concentrator-command.ts";
import { installLine, missingPrograms } from "./doctor/programs.ts";
import { addIdentify, type IdentifyActions } from "./identify-command.ts";
import { addInit } from "./init/add-init.ts";
import { addInspectCommand, type Inspect } from "./inspect-command.ts";
import { addJoinCommand } from "./join-command.ts";
import { renderManPage } from "./man-page.ts";
import { addReportCommand } from "./report-command.ts";
import { type Surroundings, systemSurroundings } from "./surroundings.ts";

/** The exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, notRunning: 3 } as const;

export interface UpOptions {
  /** As given; undefined: the default path, where no file means all defaults. */
  readonly config: string | undefined;
  readonly socket: string;
  /** Folder of rule files; undefined: the one that came with the program. */
  readonly rules: string | undefined;
  /** The end leaves the links up, for the next start to adopt. */
  readonly keep: boolean;
  /** Where Stately's inspector listens; null: it is not used. */
  readonly stately: string | null;
}

/** What only main.ts can bring together. */
export interface CliActions extends IdentifyActions {
  readonly version: string;
  /** Runs the agent until it is told to stop; resolves with the exit code. */
  runAgent(options: UpOptions): Promise<number>;
  readonly inspect: Inspect;
  /** The access point's passphrase by this config; null: none was made yet. Rejects with FailureError. */
  passphrase(options: { readonly config: string | undefined }): Promise<string | null>;
  /** Reads all rules; `text` is the report to print. */
  checkRules(options: { readonly rules: string | undefined }): Promise<{ readonly ok: boolean; readonly text: string }>;
  /** Reads one file of rules, and looks what it makes of the devices on the bus. */
  tryRules(options: {
    readonly rules: string | undefined;
    readonly file: string;
  }): Promise<{ readonly ok: boolean; readonly text: string }>;
}

/** The command line: runs one command (`args` without program names) and resolves with the exit code; never rejects. */
export type Cli = (args: readonly string[]) => Promise<number>;

/** The program `wanherd` with these actions. */
export function buildCli(actions: CliActions, surroundings: Surroundings = systemSurroundings()): Cli {
  return async (args) => {
    let code: number = EXIT.done;
    const program = describeProgram(actions, surroundings, (result) => {
      code = result;
    });
    try {
      await program.parseAsync([...args], { from: "user" });
      return code;
    } catch (error) {
      return tell(error, surroundings);
    }
  };
}

function describeProgram(actions: CliActions, surroundings: Surroundings, end: (code: number) => void): Command {
  const { terminal, probe } = surroundings;
  const program = new Command("wanherd")
    .description("USB modems become one fast, calm uplink: plug them in, pull them out, nobody notices.")
    .version(actions.version, "--version", "print the version")
    .helpOption("-h, --help", "print help, also for a command")
    .helpCommand("help [command]", "print help for a command")
    .addHelpText("after", `\n${EXIT_CODES}`)
    .showHelpAfterError("(`wanherd --help` tells more)")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, getOutHelpWidth: () => terminal.columns })
    .exitOverride();

  program
    .command("up")
    .description("run the agent in the foreground; SIGTERM leaves the network as it found it")
    .option("--config <file>", "configuration (default: /etc/wanherd/wanherd.yaml, if there is one)")
    .addOption(socketOption())
    .option("--rules <folder>", "rules on hardware (default: those that came with the program)")
    .option("--keep", "SIGTERM leaves links and rules as they are, for the next start to adopt (SIGUSR2 always does)")
    .option(
      "--stately <url>",
      "show the machines to Stately's inspector, which listens there: ws://127.0.0.1:8080",
      webSocketArgument,
    )
    .action(async (options: { config?: string; socket: string; rules?: string; keep?: true; stately?: string }) => {
      const missing = await missingPrograms(probe);
      if (missing.length > 0) {
        terminal.err(
          `wanherd: not started, programs are missing: ${missing.map(({ name }) => name).join(", ")}\n→ ${installLine(missing)}\n`,
        );
        return end(EXIT.failed);
      }
      const { config, socket, rules, keep = false, stately = null } = options;
      end(await actions.runAgent({ config, socket, rules, keep, stately }));
    });

  addAgentCommands(program, surroundings, end);
  addInspectCommand(program, surroundings, actions.inspect);
  addReportCommand(program, actions, surroundings);
  addIdentify(program, actions, surroundings);
  addInit(program, surroundings, (outcome) => end(EXIT[outcome]));
  addJoinCommand(program, surroundings);
  addConcentratorCommand(program, surroundings, end);

  program
    .command("rules")
    .description("what is known of hardware")
    .command("check")
    .description(
      "read all rules, or those of a file; tell what is wrong with them, and what they make of what is plugged in",
    )
    .argument("[file]", "a file of rules, to be tried before it is put where the agent reads it")
    .option("--rules <folder>", "rules to check (default: those that came with the program)")
    .action(async (file: string | undefined, { rules }: { rules?: string }) => {
      const { ok, text } = await (file === undefined
        ? actions.checkRules({ rules })
        : actions.tryRules({ rules, file }));
      terminal.out(text.endsWith("\n") ? text : `${text}\n`);
      end(ok ? EXIT.done : EXIT.failed);
    });

  program
    .command("passphrase")
    .description("print the access point's passphrase, which nothing else shows; for root")
    .option("--config <file>", "configuration (default: /etc/wanherd/wanherd.yaml, if there is one)")
    .action(async ({ config }: { config?: string }) => {
      const passphrase = await actions.passphrase({ config });
      if (passphrase === null) terminal.err("wanherd: there is none yet; the agent makes it at its first start\n");
      else terminal.out(`${passphrase}\n`);
      end(passphrase === null ? EXIT.failed : EXIT.done);
    });

  program
    .command("doctor")
    .description("is this machine fit: programs, kernel, permissions, data, other managers in the way; changes nothing")
    .addOption(new Option("--json", "findings as JSON"))
    .action(async (options: { json?: true }) => {
      const { examine, renderFindings } = await import("./doctor/examine.ts");
      const findings = await examine(probe);
      terminal.out(options.json ? `${JSON.stringify(findings, null, 2)}\n` : renderFindings(findings, terminal.style));
      end(findings.some(({ level }) => level === "fail") ? EXIT.failed : EXIT.done);
    });

  program
    .command("completion")
    .description("print completion for bash; use it by: source <(wanherd completion)")
    .action(() => terminal.out(renderCompletion(program)));

  program
    .command("man-page", { hidden: true })
    .description("print the manual page, which is made of the help of all commands")
    .action(() =>
      terminal.out(renderManPage(program, { version: actions.version, exitCodes: EXIT_CODES, files: FILES })),
    );

  return program;
}

/** Says what went wrong, in one line and what to do, and gives the exit code for it. */
function tell(error: unknown, { terminal }: Surroundings): number {
  // Commander has already said what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  terminal.err(`wanherd: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof FailureError) terminal.err(`→ ${adviceFor(error.failure.kind)}\n`);
  return error instanceof AgentNotRunning ? EXIT.notRunning : EXIT.failed;
}

const FILES = [
  ["/etc/wanherd/wanherd.yaml", "The configuration. It is read again when it changes."],
  ["/etc/wanherd/rules", "Rules on hardware of this machine, which come before those of the program."],
  ["/run/wanherd/agent.sock", "Where the agent is asked: by root, and by members of the group wanherd."],
  ["/var/lib/wanherd", "The journal, and what outlives a restart."],
] as const;

const EXIT_CODES = `Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} usage, ${EXIT.notRunning} agent not running.`;
