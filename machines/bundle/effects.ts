import type {
  BundleMember,
  BundlePath,
  BundleRoute,
  BundleSettings,
  BundleStart,
  ConcentratorAddress,
} from "../../src/bundle/types.ts";
import type { RunProcess } from "../daemon/effects.ts";
import type { Failure } from "../failure.ts";

/** What comes back through the bundle. Told at each change, not at each answer. */
export type HealthEvent =
  /** The concentrator answers through the bundle. */
  | { readonly type: "health.answered" }
  /** It does not, or no longer: within 5 s of its last answer, at once where the connection broke. It is tried on. */
  | { readonly type: "health.silent"; readonly failure: Failure };

/**
 * One way to make a bundle: what differs between the engines. All of it is asked for one at a time and in order: `run`, then any
 * number of `follow`, `release` last. Promises reject with FailureError.
 */
export interface BundleEngine {
  /**
   * Runs the engine's program for as long as the bundle is on; ready when members can be used. A crash is answered by a new start.
   * An engine that needs no process says that it is ready, and ends when it is told to. One that an earlier agent left is gone
   * on with when its settings are the same, or ended.
   */
  readonly run: RunProcess<BundleStart>;
  /** How the LAN's connections get into the bundle once it carries; null: not known yet. */
  path(start: BundleStart): BundlePath | null;
  /** What is to be in the kernel from the start on, so that `watchHealth` can ask through the bundle. */
  probe(start: BundleStart): BundleRoute["probe"] | null;
  /** Uses exactly these members. What carries goes on over those that stay. Called again with other rates, too. */
  follow(members: readonly BundleMember[], start: BundleStart): Promise<void>;
  /** Asks through the bundle and tells, until the returned function is called. */
  watchHealth(start: BundleStart, emit: (event: HealthEvent) => void): () => void;
  /** Ends what hangs in a bundle that has carried nothing for long, so that its programs dial anew over other links. */
  cutLoose(start: BundleStart): Promise<void>;
  /** Takes everything of the engine's out of the kernel, also what a killed agent left. */
  release(): Promise<void>;
}

/** All that the bundle machine may do to the world. The engine is the one that `settings` names. */
export interface BundleEffects extends Omit<BundleEngine, "release"> {
  /** Null: the config names no concentrator, and none was joined. */
  settings(): BundleSettings | null;
  /** Looks its address up. Rejects with FailureError ConcentratorUnknown. */
  locate(settings: BundleSettings, signal: AbortSignal): Promise<ConcentratorAddress>;
  /** Of all engines. */
  release(): Promise<void>;
}
