import type { CarrierOffer } from "../carriers/carriers.ts";
import type { ClientJob, ClientResult } from "../carriers/client-job.ts";
import type { ConnectionPath } from "../carriers/paths.ts";
import type { Shape } from "../carriers/shaping.ts";
import type { LogEntry } from "./device-log.ts";
import type { RecordedEvent } from "./event-recorder.ts";
import type { Model } from "./models/models.ts";
import type { ModemParams } from "./serial/modem-params.ts";

/** What the virtual bus can be asked to do in the guest: parameters and result of each method. */
export interface BusMethods {
  /** Makes the bus, the internet and these carriers, loads the devices' drivers if so wanted, starts the recorder. Asked again, adds the carriers that are missing. */
  "bus.setup": { params: { carriers: readonly number[]; drivers: boolean }; result: BusInfo };
  /** Without `carrier` in its parameters, a modem gets the carrier of its port's number. */
  "device.plug": { params: { port: string; model: Model }; result: { atMs: number } };
  /** Resolves when the plug is out; the kernel follows. Nothing there is not an error. */
  "device.unplug": { params: { port: string }; result: { atMs: number } };
  "device.yankAfter": { params: { port: string; bytes: number }; result: null };
  "device.set": { params: { port: string; modem: Partial<ModemParams> }; result: null };
  /** The device leaves the bus by itself and comes back as this one of its identities. */
  "device.become": { params: { port: string; identity: string }; result: null };
  /** What has happened to the device in this port, and to those that were there before it. */
  "device.log": { params: { port: string; sinceMs?: number }; result: LogEntry[] };
  /** What the carrier's next calls get; nothing named: the usual. */
  "carrier.offer": { params: { carrier: number; offer: CarrierOffer }; result: null };
  "carrier.shape": { params: { carrier: number; shape: Shape }; result: null };
  /** `packets`: loses all IP traffic, the link still answers LCP. `bytes`: loses everything. `off`: neither. */
  "carrier.blackhole": { params: { carrier: number; mode: "packets" | "bytes" | "off" }; result: null };
  "carrier.hangUp": { params: { carrier: number }; result: null };
  "carrier.status": { params: { carrier: number }; result: { isInCall: boolean } };
  /** Connections to the server by the client's address; with `reset`, starts from zero afterwards, the paths too. */
  "internet.counts": { params: { reset?: boolean }; result: Record<string, number> };
  "internet.paths": { params: Record<string, never>; result: ConnectionPath[] };
  "lan.setup": { params: Record<string, never>; result: null };
  /** Makes the concentrator's namespace, which these carriers reach; once. */
  "concentrator.setup": { params: { carriers: readonly number[] }; result: null };
  "client.run": { params: ClientJob; result: ClientResult };
  "events.since": { params: { sinceMs: number }; result: { nowMs: number; events: RecordedEvent[] } };
}

export interface BusInfo {
  /** The number of the high-speed root hub: its ports are `<bus>-1` to `<bus>-<ports>`. */
  readonly bus: number;
  readonly ports: number;
  readonly nowMs: number;
}

/** The guest tells the host by itself when a device has left without having been unplugged. */
export const DEVICE_GONE = "device.gone";
