/** A way to the internet that is measured: over each of its links, by the ids of status (a port, or an interface's name). */
export interface Path {
  /** `1-1.3`, or `together`. */
  readonly name: string;
  /** The connections are spread over these. */
  readonly links: readonly string[];
}

/** What bounds one download; whichever comes first ends it. */
export interface Bounds {
  readonly bytes: number;
  readonly seconds: number;
}

/** One download to be made. */
export interface PlannedRun {
  readonly path: Path;
  /** TCP connections at once. */
  readonly connections: number;
  /** From 1. */
  readonly repetition: number;
}

export interface Plan {
  readonly bounds: Bounds;
  /** Between two runs: what the last one left in the network's queues is not the next one's. */
  readonly pauseSeconds: number;
  /** In the order in which they are made. */
  readonly runs: readonly PlannedRun[];
}

/** What came of one download. */
export interface Run {
  readonly path: string;
  readonly connections: number;
  readonly repetition: number;
  /** Of the bodies; without headers, TLS and TCP. */
  readonly bytes: number;
  /** From the first connection's beginning to the last byte. */
  readonly seconds: number;
  /** Part of all processors' time in which they were busy, 0–1. */
  readonly cpu: number;
  /** The kernel's load of the last minute, when it had ended. */
  readonly load: number;
  /** Why it does not count; null: it does. */
  readonly failure: string | null;
}

/** All runs over one path with so many connections, in bytes a second; null where none counts. */
export interface Summary {
  readonly path: string;
  readonly connections: number;
  /** That count, and that do not. */
  readonly good: number;
  readonly failed: number;
  readonly average: number | null;
  readonly median: number | null;
  readonly least: number | null;
  readonly most: number | null;
  /** Medians. */
  readonly cpu: number | null;
  readonly load: number | null;
}

/** `wanherd measure --json`. */
export interface Report {
  readonly schema: 1;
  /** Without what may be secret in it. */
  readonly url: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly bounds: Bounds;
  readonly repetitions: number;
  /** All planned runs were made. */
  readonly isComplete: boolean;
  readonly summaries: readonly Summary[];
  readonly runs: readonly Run[];
}
