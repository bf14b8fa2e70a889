import { chooseStyle, type Style } from "./style.ts";

const DEFAULT_COLUMNS = 80;
const LEAST_COLUMNS = 40;

/** Where a command writes to. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly columns: number;
  readonly style: Style;
  /** Aborted when nobody reads the output any more (`wanherd events | head`). */
  readonly gone: AbortSignal;
}

/** The terminal of this process. Output that nobody reads any more (EPIPE) is dropped instead of ending the process. */
export function systemTerminal(): Terminal {
  const gone = new AbortController();
  const onError = (error: NodeJS.ErrnoException): void => {
    // EIO: a terminal that was hung up.
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    gone.abort();
  };
  process.stdout.on("error", onError);
  process.stderr.on("error", onError);
  return {
    out: (text) => {
      if (!gone.signal.aborted) process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
    // A serial line tells no size: 0 by 0.
    columns: Math.max(LEAST_COLUMNS, process.stdout.columns || DEFAULT_COLUMNS),
    style: chooseStyle(process.stdout.isTTY === true, process.env),
    gone: gone.signal,
  };
}
