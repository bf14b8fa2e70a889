import type {
  BundleMember,
  BundleRoute,
  BundleSettings,
  BundleStart,
  ConcentratorAddress,
} from "../../src/bundle/types.ts";
import type { DaemonReport } from "../daemon/machine.ts";
import { type Failure, FailureError } from "../failure.ts";
import type { HealthEvent } from "./effects.ts";

export interface BundleContext {
  /** Null: there is to be none. */
  readonly settings: BundleSettings | null;
  readonly concentrator: ConcentratorAddress | null;
  /** The links that it may use; null: not told yet, and then those that an earlier agent used stay. */
  readonly members: readonly BundleMember[] | null;
  /** Those that the engine uses; null: not known. */
  readonly followed: readonly BundleMember[] | null;
  /** The kernel hands new connections to it. */
  readonly held: boolean;
  /** The engine's program runs. */
  readonly ready: boolean;
  /** Why it does not carry. */
  readonly failure: Failure | null;
  /** Failures in a row: of looking the concentrator up, or of following. */
  readonly attempts: number;
  /** The agent ends. */
  readonly ending: boolean;
}

export type BundleEvent =
  | DaemonReport
  | HealthEvent
  /** What the kernel holds: the links that it may use, and whether new connections go into it. */
  | { type: "bundle.members"; members: readonly BundleMember[]; carries: boolean }
  /** The config has changed, or a concentrator was joined. */
  | { type: "bundle.configured" }
  | { type: "bundle.stop" };

/** What the agent hears of it. */
export interface BundleReport {
  readonly type: "bundle.routed";
  readonly route: BundleRoute | null;
}

export interface BundleTimes {
  /** Silent for so long, what hangs in it is ended. */
  readonly cutAfterMs: number;
  readonly releaseTimeoutMs: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
}

/** A stall of the network is over by then, and most programs would still wait for many minutes. */
export const BUNDLE_TIMES: BundleTimes = {
  cutAfterMs: 30_000,
  releaseTimeoutMs: 5_000,
  retryBaseMs: 500,
  retryMaxMs: 30_000,
};

/** What the engine is started with, in states that are entered only once the concentrator is known. */
export function startOf({ settings, concentrator }: BundleContext): BundleStart {
  if (settings === null || concentrator === null)
    throw new FailureError("Internal", "the concentrator is not known yet");
  return { settings, concentrator };
}
