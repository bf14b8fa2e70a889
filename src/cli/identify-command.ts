import type { Command } from "commander";
import type { PortPath } from "../hotplug/types.ts";
import type { Identified, IdentifyOptions, TtyAnswer } from "../identify/types.ts";
import { AgentNotRunning } from "../inspector/errors.ts";
import type { PortStatus } from "../inspector/types.ts";
import type { JournalEntry } from "../journal/types.ts";
import { portArgument, socketOption } from "./arguments.ts";
import { comparePorts } from "./port-order.ts";
import type { Surroundings } from "./surroundings.ts";

/** What only main.ts can bring together. */
export interface IdentifyActions {
  identify(options: IdentifyOptions): Promise<Identified>;
  /** What ttys answered to the agent, by interface number, out of a port's entries. */
  heardAnswers(entries: readonly JournalEntry[]): Promise<ReadonlyMap<number, TtyAnswer>>;
}

interface IdentifyFlags {
  readonly json?: true;
  readonly rule?: true;
  readonly ask?: boolean;
  readonly rules?: string;
  readonly socket: string;
}

/** How many entries are searched for what ttys answered to the agent. */
const ENTRIES = 2_000;

/** Adds `identify`: what a stick is, and a rule to begin with. */
export function addIdentify(program: Command, actions: IdentifyActions, surroundings: Surroundings): void {
  const { terminal } = surroundings;
  program
    .command("identify")
    .description(
      "what sits in a port, down to its descriptors, which rule knows it, and a rule to begin with if none does",
    )
    .argument("<port>", "port path, e.g. 1-1.3", portArgument)
    .option("--ask", "send AT to its serial ports, those of modem drivers; not while the agent has the modem")
    .option("--rule", "print the suggested rule and nothing else")
    .option("--json", "as JSON: schema 1")
    .option("--rules <folder>", "rules on hardware (default: those that came with the program)")
    .addOption(socketOption())
    .action(async (port: PortPath, { json, rule, ask = false, rules, socket }: IdentifyFlags) => {
      const known = await askAgent(surroundings, socket, port);
      if (ask && known.status?.kind === "modem")
        throw new Error(`the agent has the modem in ${port}: \`wanherd disable ${port}\` first, \`enable\` afterwards`);
      const heard = await actions.heardAnswers(known.entries);
      const found = await actions.identify({ port, rules, ask, heard });
      if ("inUse" in found) {
        const others = [...found.inUse].sort(comparePorts).join(", ");
        throw new Error(`nothing is plugged into port ${port}; in use: ${others || "none"}`);
      }
      const { suggestion } = found;
      if (rule) {
        if (suggestion.kind === "none") throw new Error(`no rule to suggest: ${suggestion.why}`);
        return terminal.out(suggestion.text);
      }
      if (json) return terminal.out(`${JSON.stringify({ ...found, agent: known.status }, null, 2)}\n`);
      const { renderIdentification } = await import("./render-identification.ts");
      terminal.out(renderIdentification(found, known.status, terminal));
    });
}

/** What the running agent says of the port; nothing where none runs, or where it may not be asked. */
async function askAgent(
  { client, terminal }: Surroundings,
  socket: string,
  port: PortPath,
): Promise<{ readonly status: PortStatus | null; readonly entries: readonly JournalEntry[] }> {
  try {
    const agent = client(socket);
    const { ports } = await agent.status();
    const entries: JournalEntry[] = [];
    for await (const entry of agent.events({ port, limit: ENTRIES })) entries.push(entry);
    return { status: ports.find((each) => each.port === port) ?? null, entries };
  } catch (error) {
    if (!(error instanceof AgentNotRunning)) terminal.err(`wanherd: the agent: ${(error as Error).message}\n`);
    return { status: null, entries: [] };
  }
}
