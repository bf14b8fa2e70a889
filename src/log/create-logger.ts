import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { PortPath } from "../hotplug/types.ts";

const SECRETS = ["pin", "puk", "password", "passphrase", "psk", "key", "token", "secret"];

export interface LoggerOptions {
  /** Least level that is written; default `info`. */
  readonly level?: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  /** For a person's eyes instead of JSON lines; default: when standard output is a terminal. */
  readonly pretty?: boolean;
  /** Default: standard output. */
  readonly stream?: DestinationStream;
}

/**
 * The agent's log: one JSON line per event with ISO 8601 time and the level's name, or readable lines on a terminal. The level
 * says who must act: `error` somebody, soon; `warn` somebody, some time; `info` nobody; `debug` only a developer reads it.
 * Secrets are redacted where they arise; what has a secret's name is masked here once more.
 */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const readable = options.pretty ?? process.stdout.isTTY === true;
  // Written in this thread: pino's transports are worker threads, which a bundle of one file cannot start.
  const stream = readable
    ? await readableLines(options.stream)
    : (options.stream ?? destination({ fd: 1, sync: true }));
  return pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "•••" },
    },
    stream,
  );
}

/** Its library is loaded for a person only: a service has none. */
async function readableLines(stream: DestinationStream | undefined): Promise<DestinationStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({
    sync: true,
    singleLine: true,
    colorize: (process.env.NO_COLOR ?? "") === "",
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "pid,hostname",
    ...(stream === undefined ? {} : { destination: stream as NodeJS.WritableStream }),
  });
}

/** The child whose lines all name the port. */
export function portLogger(logger: Logger, port: PortPath): Logger {
  return logger.child({ port });
}
