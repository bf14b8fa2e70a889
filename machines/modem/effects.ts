import type { PortPath, Tty } from "../../src/hotplug/types.ts";
import type { DialPlan, PortScheme } from "../../src/rules/types.ts";
import type { RunProcess } from "../daemon/effects.ts";
import type { Failure } from "../failure.ts";
import type { LinkEvent, Rank, WatchedLink } from "../uplinks/effects.ts";

/** The two serial ports of a modem; they are the same path on a modem that has only one. */
export interface ModemPorts {
  readonly at: string;
  readonly data: string;
}

/** What the modem and its SIM say of themselves. Untrusted, printable and bounded; null: not told. */
export interface ModemFacts {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly imei: string | null;
  readonly imsi: string | null;
  readonly iccid: string | null;
}

/** Settings of one modem, from the config. */
export interface ModemSettings {
  readonly roaming: boolean;
  /** Its part in the pool. */
  readonly rank: Rank;
}

/** One way to ask for data (a PDP context). Holds no secret: user and password are looked up at the call. */
export interface Bearer {
  readonly apn: string;
  readonly pdpType: "IP" | "IPV6" | "IPV4V6";
  /** Where the APN came from, e.g. `config`, `operator database: Tele2 (240 07)`. */
  readonly source: string;
  /** Its user and password are not those that a pppd was given which was started before the bearer was known. */
  readonly ownAccount?: boolean;
}

export type RegistrationStatus = "idle" | "searching" | "home" | "roaming" | "denied" | "unknown";

/** From +CREG/+CGREG/+CEREG, +COPS and +CSQ (3GPP TS 27.007, 7.2, 7.3, 8.5, 10.1.20). */
export interface Registration {
  readonly status: RegistrationStatus;
  /** `GSM`, `GPRS`, `EDGE`, `UMTS`, `HSDPA`, `HSPA`, `LTE`, `NR` or null. */
  readonly technology: string | null;
  readonly operator: string | null;
  readonly signalDbm: number | null;
}

export type RegistrationEvent =
  | { readonly type: "registration.changed"; readonly registration: Registration }
  /** The AT port no longer answers or vanished. */
  | { readonly type: "registration.failed"; readonly failure: Failure };

/** What can be done to a modem that keeps failing; see recovery.ts. */
export type RecoveryStep = "radio" | "reset" | "usbReset" | "powerCycle";

/** The SIM is another, or in another state, than when the modem gave up on it; or nobody can tell any more. */
export interface SimEvent {
  readonly type: "sim.changed";
}

/** What pppd is started with. Secrets are looked up by the effect. */
export interface PppStart {
  readonly port: PortPath;
  readonly tty: string;
  /** What the data port is told first. */
  readonly dial: DialPlan;
  readonly interface: string;
  /** The bearer that will be dialled, where it is known already: decides user and password, and whether IPv6 is asked for. */
  readonly bearer?: Bearer;
}

/** `process.ready`'s detail of pppd. */
export interface PppLink {
  readonly interface: string;
  /** IPv4, ours and the peer's. */
  readonly address: string;
  readonly peer: string | null;
  readonly dns: readonly string[];
}

/** A modem that an earlier agent brought online, and that still is. */
export interface AdoptedModem {
  readonly link: PppLink;
  readonly ports: ModemPorts;
  readonly facts: ModemFacts;
  /** What to try when it has to be dialled again. */
  readonly bearers: readonly Bearer[];
  /** Which of them it was dialled with; 0 where the config says otherwise by now. */
  readonly bearerIndex: number;
}

/**
 * All that a modem machine may do to the world. Promises reject with FailureError; `signal` aborts them (and
 * they then leave nothing running). Effects keep what is open (serial ports) per port until `release`.
 */
export interface ModemEffects {
  /**
   * Takes over what an earlier agent left up in this port, once; null: nothing. Not a word is said to the modem. The next
   * `runPppd` of this port follows the pppd that runs, and starts none.
   */
  adopt(input: { port: PortPath }, signal: AbortSignal): Promise<AdoptedModem | null>;
  /**
   * Decides which tty is which. A scheme that names both returns at once; else all candidates are probed in
   * parallel, bounded by 5 s. Rejects: PortSilent, PortGarbled, PortBusy, DeviceGone.
   */
  findPorts(
    input: { port: PortPath; ttys: readonly Tty[]; scheme: PortScheme },
    signal: AbortSignal,
  ): Promise<ModemPorts>;
  /**
   * Opens the AT port, sends the init commands (a refused one is noted, not fatal), reads who it is, and gets the
   * SIM ready (a PIN from the config at most once per SIM, never with fewer than 3 attempts left).
   * Rejects: Port*, Sim*, DeviceGone.
   */
  identify(input: { port: PortPath; ports: ModemPorts; dial: DialPlan }, signal: AbortSignal): Promise<ModemFacts>;
  /** Bearers to try, in order; never empty. The last that worked for this SIM comes first. */
  chooseBearers(input: { port: PortPath; facts: ModemFacts }, signal: AbortSignal): Promise<readonly Bearer[]>;
  /** Reports registration and signal until the returned function is called; unsolicited codes first, polling as fallback. */
  watchRegistration(input: { port: PortPath; ports: ModemPorts }, emit: (event: RegistrationEvent) => void): () => void;
  /** Runs pppd on the data port. Its notice `connector.waiting` says: the tty is set up, now dial. */
  runPppd: RunProcess<PppStart>;
  /**
   * Defines the PDP context, dials on the data port, and at CONNECT hands the line to the waiting pppd.
   * Rejects: NoCarrier, Busy, DialRefused, DialTimeout, CommandRefused, DeviceGone.
   */
  dial(
    input: { port: PortPath; ports: ModemPorts; bearer: Bearer; dial: DialPlan },
    signal: AbortSignal,
  ): Promise<void>;
  /** What the config says of this modem now, as far as the machine acts on it. */
  settings(input: { port: PortPath; facts: ModemFacts | null }): ModemSettings;
  /** Remembers that this bearer worked for this SIM. */
  rememberBearer(input: { facts: ModemFacts; bearer: Bearer }): void;
  /** Reports once when the SIM's state is worth another look. For a SIM that needs a hand. */
  watchSim(input: { port: PortPath; ports: ModemPorts }, emit: (event: SimEvent) => void): () => void;
  /** Watches a link that is up for data that comes through; reports within 6 s of the last that did. */
  watchLink(input: WatchedLink, emit: (event: LinkEvent) => void): () => void;
  /** Resolves when no other modem is being mended; the turn lasts until `endTurn`. */
  takeTurn(input: { port: PortPath }, signal: AbortSignal): Promise<void>;
  /** Ends the turn of this port; nothing happens if it has none. */
  endTurn(input: { port: PortPath }): void;
  /**
   * Takes one step of the recovery; resolves when the modem has been told, which may make it vanish and come back.
   * Rejects: Port*, CommandRefused, DeviceGone, DeviceRefused, StepUnavailable (as for power, on most hubs).
   */
  mend(
    input: { port: PortPath; ports: ModemPorts | null; step: RecoveryStep; dial: DialPlan },
    signal: AbortSignal,
  ): Promise<void>;
  /** Closes everything open for this port. Idempotent; never rejects for a device that is gone. */
  release(input: { port: PortPath }, signal: AbortSignal): Promise<void>;
}
