import { InvalidArgumentError, Option } from "commander";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { DEFAULT_SOCKET } from "../inspector/socket-path.ts";

/** Argument parsers for commander: each returns the value or throws InvalidArgumentError, which is a usage error. */
export function portArgument(text: string): PortPath {
  const port = parsePortPath(text);
  if (port === null) throw new InvalidArgumentError("A port path looks like 1-1.3; `wanherd status` lists them.");
  return port;
}

export function countArgument(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

export function socketOption(): Option {
  return new Option("--socket <path>", "the agent's control socket").env("WANHERD_SOCKET").default(DEFAULT_SOCKET);
}
