import type { EngineName } from "../bundle/types.ts";

/** What the remote server's own file says, /etc/wanherd/concentrator.yaml. It holds no secret. */
export interface ConcentratorConfig {
  /** What gateways dial, a host name or an IPv4 address; null: the address of the default route's interface. */
  readonly host: string | null;
  /** Which engines are served, each at its port; at least one. */
  readonly engines: Readonly<Record<EngineName, { readonly enabled: boolean; readonly port: number }>>;
  /** Where the key is kept. */
  readonly directory: string;
}

/** One engine's part of the remote server. */
export interface ConcentratorEngine {
  /** Programs it needs, each with the Debian package that has it. */
  readonly programs: readonly { readonly name: string; readonly package: string }[];
  /** A system user that its programs become; absent: none. */
  readonly user?: string;
  /**
   * Serves until `signal` aborts, and leaves the network as it was; a crashed program is started anew. Rejects with FailureError when
   * it cannot be begun. `ready` is called once it serves.
   */
  serve(options: {
    readonly port: number;
    /** Secret; see deriveSecret. */
    readonly key: string;
    readonly tell: (text: string) => void;
    readonly ready: () => void;
    readonly signal: AbortSignal;
  }): Promise<void>;
}
