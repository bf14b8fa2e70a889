import type { PortPath, Tty } from "../../src/hotplug/types.ts";
import type { DialPlan, PortScheme } from "../../src/rules/types.ts";
import type { DaemonReport } from "../daemon/machine.ts";
import { type Failure, FailureError } from "../failure.ts";
import type { LinkEvent, Membership, Standing } from "../uplinks/effects.ts";
import type {
  Bearer,
  ModemFacts,
  ModemPorts,
  ModemSettings,
  PppLink,
  PppStart,
  Registration,
  RegistrationEvent,
  SimEvent,
} from "./effects.ts";
import type { Recovery } from "./recovery.ts";

/** What the port hears of its modem. */
export type ModemReport =
  /** Said again when the config has changed. */
  | ({ readonly type: "modem.online"; readonly link: PppLink } & Membership)
  | { readonly type: "modem.offline" }
  /** To be handed to the next modem machine when the device comes back by a step of its recovery. */
  | { readonly type: "modem.recovery"; readonly recovery: Recovery };

export interface ModemInput {
  readonly port: PortPath;
  readonly scheme: PortScheme;
  readonly dial: DialPlan;
  readonly ttys: readonly Tty[];
  /** Name that pppd's interface gets. */
  readonly interface: string;
  readonly recovery: Recovery;
}

export interface ModemContext extends ModemInput {
  readonly ports: ModemPorts | null;
  readonly facts: ModemFacts | null;
  readonly settings: ModemSettings;
  readonly bearers: readonly Bearer[];
  /** Which bearer is being tried; counts on for ever, taken modulo the list. */
  readonly bearerIndex: number;
  readonly registration: Registration | null;
  readonly link: PppLink | null;
  /** Of the link, while there is one. */
  readonly standing: Standing;
  /** Why it is not online, or was not before, or why its link gets no new connections; kept until it does. */
  readonly failure: Failure | null;
  /** Failures in a row since it was last online. */
  readonly attempts: number;
  /** What the teardown is for. */
  readonly goal: "rest" | "stop";
}

export type ModemEvent =
  | { type: "tty.appeared"; tty: Tty }
  | { type: "tty.vanished"; interface: number }
  | { type: "modem.retry" }
  | { type: "modem.stop" }
  /** The config changed. */
  | { type: "modem.configured" }
  | { type: "modem.identified" }
  | { type: "modem.gaveUp"; failure: Failure }
  | RegistrationEvent
  | SimEvent
  | LinkEvent
  | DaemonReport;

/** The bearer whose turn it is. */
export function currentBearer(context: Pick<ModemContext, "bearers" | "bearerIndex">): Bearer | null {
  return context.bearers[context.bearerIndex % Math.max(context.bearers.length, 1)] ?? null;
}

/** The ports, in states that are entered only once they are known. */
export function portsOf({ port, ports }: Pick<ModemContext, "port" | "ports">): ModemPorts {
  if (ports === null) throw new FailureError("Internal", `the ports of the modem in ${port} are not known yet`);
  return ports;
}

export function pppStart(context: ModemContext): PppStart {
  const bearer = currentBearer(context);
  const { port, dial } = context;
  const start = { port, dial, tty: portsOf(context).data, interface: context.interface };
  return bearer === null ? start : { ...start, bearer };
}

export function bearerOf(context: ModemContext): Bearer {
  const bearer = currentBearer(context);
  if (bearer === null) throw new FailureError("Internal", `no bearer is known for the modem in ${context.port}`);
  return bearer;
}

/** The ttys that the scheme names are all there. */
export function schemeIsComplete({ scheme, ttys }: Pick<ModemInput, "scheme" | "ttys">): boolean {
  const has = (wanted: number | null): boolean => wanted !== null && ttys.some((tty) => tty.interface === wanted);
  return has(scheme.at) && has(scheme.data);
}
