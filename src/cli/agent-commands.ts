import { Argument, type Command } from "commander";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { RequestRefused } from "../inspector/errors.ts";
import type { BalanceBy, RankChange } from "../inspector/types.ts";
import { TOPICS } from "../journal/parse-line.ts";
import type { JournalEntry, Topic } from "../journal/types.ts";
import type { UplinkId } from "../net/types.ts";
import {
  countArgument,
  portArgument,
  rankArgument,
  socketOption,
  timeArgument,
  topicsArgument,
  uplinkArgument,
} from "./arguments.ts";
import { addMeasure } from "./measure/add-measure.ts";
import { MOVED, PORT_ACTIONS } from "./port-actions.ts";
import { comparePorts } from "./port-order.ts";
import { renderEvent } from "./render-event.ts";
import { explanationOf } from "./render-explanation.ts";
import { type Page, renderStatus, renderVerification } from "./render-status.ts";
import type { Surroundings } from "./surroundings.ts";

/** How many past entries `events --follow` begins with, and how many `explain` reads. */
const FOLLOW_BEGINS_WITH = 10;
const EXPLAIN_READS = 200;

/** Adds the commands that talk to a running agent. */
export function addAgentCommands(program: Command, surroundings: Surroundings, end: (code: number) => void): void {
  const { terminal } = surroundings;
  const page = (): Page => ({ now: surroundings.now(), columns: terminal.columns, style: terminal.style });

  program
    .command("status")
    .description("what sits in each USB port, how it does, and if it does not, why")
    .option("--json", "as JSON: schema 1, the same as GET /v1/status")
    .option("--verify", "compare with what the kernel holds, and mend it; exit code 1 when there was something to mend")
    .addOption(socketOption())
    .action(async (options: { json?: true; verify?: true; socket: string }) => {
      const client = surroundings.client(options.socket);
      const verification = options.verify ? await client.verify() : null;
      const status = await client.status();
      const told = verification === null ? status : { ...status, verification };
      terminal.out(options.json ? `${JSON.stringify(told, null, 2)}\n` : renderStatus(status, page()));
      if (verification === null) return;
      if (!options.json) terminal.out(renderVerification(verification, page()));
      if (verification.drift.length > 0) end(1);
    });

  program
    .command("events")
    .description("what happened, oldest first")
    .option("-f, --follow", "go on with what happens next")
    .option("--json", "one JSON entry per line")
    .option("--port <port>", "only of this port, e.g. 1-1.3", portArgument)
    .option("--since <seq>", "only entries after this number (the `seq` of --json)", countArgument)
    .option(
      "--from <time>",
      "only from this time on: 14:02 (today), or 2026-01-05T14:02; reads what only the disk has too",
      timeArgument,
    )
    .option("--to <time>", "only until this time", timeArgument)
    .option("--topic <topics>", `only of these, separated by commas: ${[...TOPICS].join(", ")}`, topicsArgument)
    .option("--grep <text>", "only entries in which this text is, in any case")
    .addOption(socketOption())
    .action(async (options: EventOptions) => {
      const { json, port, since, from, to, topic, grep, follow = false } = options;
      const entries = surroundings.client(options.socket).events({
        follow,
        signal: terminal.gone,
        ...(port === undefined ? {} : { port }),
        ...(since === undefined ? {} : { since }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(topic === undefined ? {} : { topics: topic }),
        ...(grep === undefined ? {} : { text: grep }),
        ...(follow && since === undefined && from === undefined ? { limit: FOLLOW_BEGINS_WITH } : {}),
      });
      for await (const entry of entries) {
        terminal.out(`${json ? JSON.stringify(entry) : renderEvent(entry, terminal.style)}\n`);
        if (terminal.gone.aborted) break;
      }
      if (follow && !terminal.gone.aborted) {
        terminal.err("wanherd: the agent has ended the stream\n");
        end(1);
      }
    });

  program
    .command("explain")
    .description("why a port is in its state, what comes next, and what a hand can do")
    .argument("<port>", "port path, e.g. 1-1.3, or the interface of an uplink, e.g. eth0", uplinkArgument)
    .addOption(socketOption())
    .action(async (place: UplinkId, options: { socket: string }) => {
      const client = surroundings.client(options.socket);
      const status = await client.status();
      const port = parsePortPath(place);
      const entries: JournalEntry[] = [];
      if (port !== null) {
        for await (const entry of client.events({ port, limit: EXPLAIN_READS })) entries.push(entry);
      }
      const told = explanationOf(place, status, entries, page());
      if (told !== null) return terminal.out(told);
      if (port === null) throw new Error(`the config names no uplink ${place}`);
      const known = status.ports.map((candidate) => candidate.port).sort(comparePorts);
      throw new Error(`nothing is known of port ${port}; known ports: ${known.join(", ") || "none"}`);
    });

  program
    .command("watch")
    .description("all of it live, with keys for details and actions; a line for each change where there is no terminal")
    .option("--lines", "a line for each change on a terminal too")
    .addOption(socketOption())
    .action(async ({ socket, lines = false }: { socket: string; lines?: boolean }) => {
      const { watch } = await import("./watch/watch.ts");
      await watch(surroundings, { socket, lines });
    });

  addMeasure(program, surroundings, end);
  addHandCommands(program, surroundings);

  for (const { name, does, done } of PORT_ACTIONS) {
    const command = program
      .command(name)
      .description(does)
      .argument("<port>", "port path, e.g. 1-1.3", portArgument)
      .addOption(socketOption())
      .action(async (port: PortPath, options: { socket: string; now?: true }) => {
        try {
          await surroundings.client(options.socket).act(port, name, options.now);
        } catch (error) {
          if (error instanceof RequestRefused && error.status === 404) {
            throw new Error(`nothing is known of port ${port}; \`wanherd status\` lists the ports`);
          }
          throw error;
        }
        terminal.out(`${port} ${done}\n`);
      });
    if (name === "disable") command.option("--now", "do not wait for the connections on its link to end");
  }
}

/** Adds the commands by which a hand overrides the config, over restarts too. */
function addHandCommands(program: Command, { terminal, client }: Surroundings): void {
  program
    .command("set")
    .description("set a link's weight and tier by hand, until told to go by the config again")
    .argument("<port>", "port path, e.g. 1-1.3, or an interface that the config names as an uplink", uplinkArgument)
    .argument("<change...>", "weight=3, weight=auto, tier=2; weight=config and tier=config undo it", rankArgument)
    .addOption(socketOption())
    .action(async (uplink: UplinkId, change: RankChange, options: { socket: string }) => {
      await client(options.socket).setRank(uplink, change);
      const words = Object.entries(change).map(
        ([name, value]) => `${name} ${value === "config" ? "by the config" : value}`,
      );
      terminal.out(`${uplink}: ${words.join(", ")}\n`);
    });

  program
    .command("move")
    .description("move a link between the balancer and the bundle by hand, until told to go by the config again")
    .argument("<port>", "port path, e.g. 1-1.3, or an interface that the config names as an uplink", uplinkArgument)
    .addArgument(new Argument("<role>", "where to; config undoes it").choices(["balance", "bundle", "config"]))
    .addOption(socketOption())
    .action(async (uplink: UplinkId, role: NonNullable<RankChange["role"]>, options: { socket: string }) => {
      await client(options.socket).setRank(uplink, { role });
      terminal.out(`${uplink}: ${MOVED[role]}\n`);
    });

  program
    .command("balance")
    .description("set by hand how new connections are spread, until told to go by the config again")
    .addArgument(
      new Argument("<by>", "each connection by itself, or each LAN host on one link; config undoes it").choices([
        "connection",
        "host",
        "config",
      ]),
    )
    .addOption(socketOption())
    .action(async (by: BalanceBy | "config", options: { socket: string }) => {
      await client(options.socket).setBalance(by);
      terminal.out(`new connections are spread by ${by === "config" ? "what the config says" : by}\n`);
    });
}

interface EventOptions {
  readonly follow?: true;
  readonly json?: true;
  readonly port?: PortPath;
  readonly since?: number;
  readonly from?: Date;
  readonly to?: Date;
  readonly topic?: readonly Topic[];
  readonly grep?: string;
  readonly socket: string;
}
