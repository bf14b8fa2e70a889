import type { LinkNameServers, ResolverSettings } from "../../src/resolver/types.ts";
import type { RunProcess } from "../daemon/effects.ts";

/** What the resolver should be doing. */
export interface Names {
  /** Whom to ask, over which link. */
  readonly servers: readonly LinkNameServers[];
  /** It is up, so that this computer may ask it too. */
  readonly answering: boolean;
}

/** All that the resolver machine may do to the world. */
export interface ResolverEffects {
  /** Runs dnsmasq. An earlier agent's is ended first. */
  readonly run: RunProcess<ResolverSettings>;
  /** Has dnsmasq ask these servers, and this computer ask dnsmasq while it answers. Rejects with FailureError. */
  apply(names: Names): Promise<void>;
  /** This computer asks again whom it asked before us. Rejects with FailureError. */
  restore(): Promise<void>;
  settings(): ResolverSettings;
}
