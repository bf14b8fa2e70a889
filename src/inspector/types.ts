import type { RecoveryStep } from "../../machines/modem/effects.ts";
import type { Rank, Standing } from "../../machines/uplinks/effects.ts";
import type { EngineName } from "../bundle/types.ts";
import type { HubPath, PortPath } from "../hotplug/types.ts";
import type { TrafficMatch, UplinkId } from "../net/types.ts";

/** `wanherd status --json` and `GET /v1/status`. Fields are only ever added; a removal raises `schema`. */
export interface Status {
  readonly schema: 1;
  readonly agent: { readonly version: string; readonly pid: number; readonly since: string };
  readonly ports: readonly PortStatus[];
  readonly uplinks: readonly UplinkStatus[];
  readonly balancer: BalancerStatus;
  /** Null: the config has it off. */
  readonly accessPoint: AccessPointStatus | null;
  /** Null: the config names no concentrator, and none was joined. */
  readonly bundle: BundleStatus | null;
  readonly hubs: readonly HubStatus[];
  /** Uplinks that are interfaces which exist without us, as the config names them; in the pool or not. */
  readonly interfaces: readonly InterfaceStatus[];
}

/** What there is to know of a WiFi radio. */
export interface RadioStatus {
  readonly phy: string | null;
  readonly interface: string | null;
  /** Null: none yet. */
  readonly channel: number | null;
  /** Null: not known yet. */
  readonly apCapable: boolean | null;
  /** How many are associated. */
  readonly stations: number;
}

/** The hotspot: one network of all radios that serve. */
export interface AccessPointStatus {
  readonly ssid: string;
  readonly bridge: string;
  /** The gateway's own address in the LAN, with prefix length. */
  readonly address: string;
  /** What keeps all of it from serving. */
  readonly reason?: string;
  readonly radios: readonly (RadioStatus & {
    /** Null: one that the config names, and no dongle. */
    readonly port: PortPath | null;
    readonly state: string;
    readonly reason?: string;
  })[];
  readonly stations: readonly StationStatus[];
}

export interface StationStatus {
  readonly mac: string;
  /** Of the radio that has it; null: a radio that the config names. */
  readonly port: PortPath | null;
  readonly interface: string;
  /** As the radio hears it. */
  readonly signalDbm: number | null;
  /** From the station, and to it, since it has associated. */
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly connectedSeconds: number;
}

export interface InterfaceStatus {
  readonly interface: string;
  /** `online`, or what keeps it out of the pool: `absent`, `down`, `unplugged`, `no address`, `no router`, `refused`, `dead`, … */
  readonly state: string;
  /** ISO 8601; when it came into this state. */
  readonly since: string;
  readonly reason?: string;
}

/** A hub with something on it: what that may draw at most, by its descriptors, against what the hub can give. */
export interface HubStatus {
  /** The hub's own port path; a root hub by the kernel's name for it, `usb1`. */
  readonly port: HubPath;
  readonly drawnMilliamps: number;
  readonly budgetMilliamps: number;
  /** By the sum, or by what a single port asks for. */
  readonly over: boolean;
  /** What hangs on it directly; a hub that is fed through it counts with all that hangs on that. */
  readonly devices: readonly { readonly port: PortPath; readonly name: string; readonly milliamps: number }[];
  /** What is wrong with its power, lately seen brown-outs included, and what to do; null: nothing that is known. */
  readonly note: string | null;
}

export interface PortStatus {
  readonly port: PortPath;
  readonly kind: "modem" | "radio" | "hub" | "other";
  /** `19d2:0031`; null while nothing is in the port (it is being switched, or was just pulled). */
  readonly usbId: string | null;
  readonly name: string;
  readonly state: string;
  /** ISO 8601; when it came into this state. */
  readonly since: string;
  /** The states it went through lately, oldest first, this one last; at most 8. */
  readonly history: readonly { readonly state: string; readonly since: string }[];
  /** Why it is in this state: a failure's message and advice, or why it was left alone. */
  readonly reason?: string;
  readonly failure?: {
    readonly kind: string;
    readonly message: string;
    readonly advice: string;
    readonly attempts: number;
  };
  readonly modem?: {
    readonly operator: string | null;
    readonly technology: string | null;
    readonly signalDbm: number | null;
    readonly apn: string | null;
    readonly imei: string | null;
    readonly registration: string | null;
  };
  readonly radio?: RadioStatus;
  /** Of a modem that was, or is being, mended: the step under way, and how often each was taken since it was plugged in. */
  readonly recovery?: {
    readonly step: RecoveryStep | null;
    readonly taken: Readonly<Record<RecoveryStep, number>>;
  };
  readonly powerMilliamps: number;
}

export interface UplinkStatus {
  /** Null: an interface that the config names, and no modem's. */
  readonly port: PortPath | null;
  readonly interface: string;
  readonly address: string;
  readonly role: "balance" | "bundle";
  readonly tier: number;
  /** Its share of new connections, relative to the other uplinks' weights; 0: it gets none now. */
  readonly weight: number;
  /** The same as percent of all new connections that no rule pins. */
  readonly percent: number;
  /** What the config says of its weight, or a hand. */
  readonly setWeight: Rank["weight"];
  /** What a hand has said of it, so that the config does not count. */
  readonly byHand: readonly (keyof Rank)[];
  /** What it was seen to carry, in bytes a second; a weight that is `auto` follows it. Null: not known yet. */
  readonly measured: number | null;
  readonly health: Standing | "joining";
  /** It is meant for the bundle, and that carries more without it. */
  readonly aside?: true;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** The bundle: links that are one to the LAN's connections. */
export interface BundleStatus {
  readonly engine: EngineName;
  /** As the config or the invitation names it, with the port. */
  readonly concentrator: string;
  /** `carrying`, or what it waits for: `locating`, `starting`, `waiting` (no link), `connecting`, `leaving` (silent, and the rule set is about to follow), `silent`, `closing`. */
  readonly state: string;
  /** ISO 8601; when it came into this state. */
  readonly since: string;
  /** Why it does not carry. */
  readonly reason?: string;
  /** Null: the engine has none of its own, as `mptcp`. */
  readonly interface: string | null;
  /** Its links that carry, or would. */
  readonly members: readonly { readonly interface: string; readonly port: PortPath | null }[];
}

export type BalanceBy = "connection" | "host";

/** How new connections are spread. */
export interface BalancerStatus {
  readonly by: BalanceBy;
  /** A hand has said so; the config does not count. */
  readonly byHand: boolean;
  /** As in the config; `over` says where its connections go now: over these interfaces, as all others, or nowhere. */
  readonly rules: readonly (TrafficMatch & {
    readonly use: UplinkId | { readonly tier: number };
    readonly strict: boolean;
    readonly over: readonly string[] | "pool" | "nowhere";
  })[];
}

/** What a hand says of an uplink; `config`: what the config says shall count again. */
export interface RankChange {
  readonly weight?: number | "auto" | "config";
  readonly tier?: number | "config";
  readonly role?: "balance" | "bundle" | "config";
}

/** What `POST /v1/verify` found out: whether the kernel holds what it should, and if not, what became of it. */
export interface Verification {
  /** What was not as wanted in rules, routes, nftables table and sysctls, a phrase each. */
  readonly drift: readonly string[];
  /** All of it is as wanted now. */
  readonly mended: boolean;
}

export type PortAction = "retry" | "disable" | "enable";

/** What the control socket and the CLI see of the agent. */
export interface AgentView {
  status(): Promise<Status>;
  /** Compares the kernel with what is wanted, and has it mended. Rejects SystemRefused when that comes to no end. */
  verify(): Promise<Verification>;
  /** False: there is no such port. `now`: a link is taken away with the connections that it has. */
  act(port: PortPath, action: PortAction, now: boolean): boolean;
  /** False: there is no such port, nor such an uplink. Remembered until a hand says otherwise. */
  setRank(uplink: UplinkId, change: RankChange): boolean;
  setBalance(by: BalanceBy | "config"): void;
}

/** A statechart as its machine defines it, as plain data; `GET /v1/machines`. */
export interface MachineDefinition {
  /** As entries of the journal name it in `data.machine`, where there is only one of its kind in a port. */
  readonly id: string;
  readonly root: StateDefinition;
}

export interface StateDefinition {
  /** Its name among its siblings; the root's is the machine's. */
  readonly key: string;
  readonly type: "atomic" | "compound" | "parallel" | "final" | "history";
  /** Which of its states is entered first; null: none, or all of them. */
  readonly initial: string | null;
  readonly tags: readonly string[];
  /** Effects that run while it is active. */
  readonly invokes: readonly string[];
  readonly transitions: readonly TransitionDefinition[];
  readonly states: readonly StateDefinition[];
}

export interface TransitionDefinition {
  /** In the words that the journal gives as the cause of a transition; empty: taken at once when its guard allows. */
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** States by their names from the root, joined by dots; none: it changes no state. */
  readonly targets: readonly string[];
}
