import { type AgentClient, agentClient } from "../inspector/client.ts";
import { systemProbe } from "./doctor/system-probe.ts";
import type { Probe } from "./doctor/types.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";

/** What the commands have around them; tests replace it. */
export interface Surroundings {
  readonly terminal: Terminal;
  now(): Date;
  client(socket: string): AgentClient;
  readonly probe: Probe;
}

export function systemSurroundings(): Surroundings {
  return { terminal: systemTerminal(), now: () => new Date(), client: agentClient, probe: systemProbe };
}
