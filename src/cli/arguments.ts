import { InvalidArgumentError, Option } from "commander";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { DEFAULT_SOCKET } from "../inspector/socket-path.ts";
import type { RankChange } from "../inspector/types.ts";
import { TOPICS } from "../journal/parse-line.ts";
import type { Topic } from "../journal/types.ts";
import { parseUplinkId, type UplinkId } from "../net/types.ts";

/** Argument parsers for commander: each returns the value or throws InvalidArgumentError, which is a usage error. */
export function portArgument(text: string): PortPath {
  const port = parsePortPath(text);
  if (port === null) throw new InvalidArgumentError("A port path looks like 1-1.3; `wanherd status` lists them.");
  return port;
}

/** A port path, or the name of an interface that the config names as an uplink. */
export function uplinkArgument(text: string): UplinkId {
  const uplink = parseUplinkId(text);
  if (uplink === null) throw new InvalidArgumentError("It is a port path such as 1-1.3, or the name of an interface.");
  return uplink;
}

/** `weight=3`, `weight=auto`, `tier=2`, `role=bundle`, or `config` for each; one after the other, the last one counts. */
export function rankArgument(text: string, before: RankChange = {}): RankChange {
  const role = /^role=(balance|bundle|config)$/.exec(text)?.[1] as RankChange["role"];
  if (role !== undefined) return { ...before, role };
  const [, name, value = ""] = /^(weight|tier)=(auto|config|[1-9][0-9]{0,3})$/.exec(text) ?? [];
  const number = Number(value);
  if (name === "weight" && !(number > 1000)) {
    return { ...before, weight: value === "auto" || value === "config" ? value : number };
  }
  if (name === "tier" && value !== "auto" && !(number > 9)) {
    return { ...before, tier: value === "config" ? value : number };
  }
  throw new InvalidArgumentError(
    "It is weight=1 to weight=1000, weight=auto, tier=1 to tier=9, role=balance, role=bundle, or each =config.",
  );
}

export function countArgument(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** A parser for whole numbers from `least` to `most`. */
export function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most)) throw new InvalidArgumentError(`It must be ${least} to ${most}.`);
    return number;
  };
}

/** A time of today's as `14:02`, or a date and time; local where no zone is named. */
export function timeArgument(text: string): Date {
  const [, hours, minutes, seconds = "0"] = /^([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?$/.exec(text) ?? [];
  if (hours !== undefined) {
    const today = new Date();
    today.setHours(Number(hours), Number(minutes), Number(seconds), 0);
    return today;
  }
  const isDate =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})?$/.test(text);
  const time = isDate ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError("It is 14:02 of today, or 2026-01-05T14:02.");
  return time;
}

export function webSocketArgument(text: string): string {
  if (!/^wss?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) {
    throw new InvalidArgumentError("It is an address such as ws://127.0.0.1:8080.");
  }
  return text;
}

export function topicsArgument(text: string): readonly Topic[] {
  const names = text.split(",");
  const topics = names.filter((name): name is Topic => TOPICS.has(name as Topic));
  if (topics.length !== names.length) throw new InvalidArgumentError(`They are ${[...TOPICS].join(", ")}.`);
  return topics;
}

export function socketOption(): Option {
  return new Option("--socket <path>", "the agent's control socket").env("WANHERD_SOCKET").default(DEFAULT_SOCKET);
}
