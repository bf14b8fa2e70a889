import { printable } from "../../../machines/failure.ts";
import type { Status } from "../../inspector/types.ts";
import type { Surroundings } from "../surroundings.ts";
import { clockText } from "../time-text.ts";
import { changesBetween } from "./changes.ts";
import { followAgent } from "./follow-agent.ts";
import { watchOnScreen } from "./watch-on-screen.ts";

export interface WatchOptions {
  readonly socket: string;
  /** Changes as lines, also where there is a terminal. */
  readonly lines: boolean;
}

/**
 * `wanherd watch`: a screen where a person sits at a terminal, otherwise a line for each change. Resolves when the watching is
 * ended; rejects when there is no agent at first.
 */
export function watch(surroundings: Surroundings, { socket, lines }: WatchOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== "dumb";
  return isTerminal && !lines ? watchOnScreen(surroundings, socket) : watchAsLines(surroundings, socket);
}

async function watchAsLines({ terminal, now, client }: Surroundings, socket: string): Promise<void> {
  let last: Status | null = null;
  let isAway = false;
  const tell = (time: string, place: string, text: string): void =>
    terminal.out(`${terminal.style.dim(clockText(time))}  ${place.padEnd(7)}  ${text}\n`);
  await followAgent({
    client: client(socket),
    socket,
    // The newest one: what happened between the first status and the stream is then asked for.
    past: 1,
    everyMs: null,
    signal: terminal.gone,
    onStatus: (status) => {
      if (isAway) tell(now().toISOString(), "-", `the agent is back: ${printable(status.agent.version, 20)}`);
      isAway = false;
      for (const { time, place, text } of changesBetween(last, status, now().toISOString())) tell(time, place, text);
      last = status;
    },
    onEntry: () => {},
    onAway: (why) => {
      isAway = true;
      tell(now().toISOString(), "-", `the agent is gone, waiting for it: ${printable(why, 300)}`);
    },
  });
}
