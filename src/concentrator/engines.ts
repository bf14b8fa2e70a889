import type { EngineName } from "../bundle/types.ts";
import { createMlpppServer } from "./mlppp/create-engine.ts";
import { createMptcpServer } from "./mptcp/create-engine.ts";
import type { ConcentratorConfig, ConcentratorEngine } from "./types.ts";

export interface EnabledEngine {
  readonly name: EngineName;
  readonly port: number;
  readonly engine: ConcentratorEngine;
}

/** What can be served. */
const ENGINES: Readonly<Partial<Record<EngineName, () => ConcentratorEngine>>> = {
  mptcp: createMptcpServer,
  mlppp: createMlpppServer,
};

/** The engines that the config has on. */
export function enabledEngines({ engines }: ConcentratorConfig): readonly EnabledEngine[] {
  return (["mptcp", "mlppp"] as const).flatMap((name) => {
    const make = ENGINES[name];
    return engines[name].enabled && make !== undefined ? [{ name, port: engines[name].port, engine: make() }] : [];
  });
}
