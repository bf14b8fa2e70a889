import type { CarrierOffer } from "./carriers/carriers.ts";
import type { ClientJob, ClientResult } from "./carriers/client-job.ts";
import type { ConnectionPath } from "./carriers/paths.ts";
import type { Shape } from "./carriers/shaping.ts";
import type { AgentAnswer } from "./conductor/agent-request.ts";
import type { LogEntry } from "./devices/device-log.ts";
import type { RecordedEvent } from "./devices/event-recorder.ts";
import { type BusInfo, type BusMethods, DEVICE_GONE } from "./devices/methods.ts";
import type { Model } from "./devices/models/models.ts";
import type { ModemParams } from "./devices/serial/modem-params.ts";
import type { Guest } from "./guest/guest.ts";
import type { GuestProcess } from "./guest/guest-process.ts";

const AGENT = "/wanherd/dist/wanherd.js";
const AGENT_SOCKET = "/run/wanherd/agent.sock";

/** The virtual bus as tests and the demo use it. All times are the guest's CLOCK_MONOTONIC in ms. */
export class Bus {
  readonly #guest: Guest;
  #bus = 1;

  /** @param guest a booted guest; this does not own it. */
  constructor(guest: Guest) {
    this.#guest = guest;
  }

  /**
   * Makes the emulated world; once per guest, but asking again does no harm.
   * @param options `drivers: false` leaves the loading of drivers to udev, as on any machine, which takes it some time.
   */
  async setup(
    options: { readonly carriers?: readonly number[]; readonly lan?: boolean; readonly drivers?: boolean } = {},
  ): Promise<BusInfo> {
    const { carriers = [], lan = true, drivers = true } = options;
    const [info] = await Promise.all([
      this.#call("bus.setup", { carriers, drivers }),
      lan ? this.#call("lan.setup", {}) : undefined,
    ]);
    this.#bus = info.bus;
    return info;
  }

  /** Makes the namespace `concentrator`, beyond the internet, which these carriers reach. Once per guest. */
  async setUpConcentrator(carriers: readonly number[]): Promise<void> {
    await this.#call("concentrator.setup", { carriers });
  }

  /** The kernel's name of the root hub's port `number`, 1–15, e.g. `1-3`. */
  port(number: number): string {
    return `${this.#bus}-${number}`;
  }

  /** Plugs a device in: into `1-3`, or as `1-8.2` into port 2 of the hub in `1-8` (see README.md). Resolves when the kernel has taken it: its drivers come later. */
  plug(port: string, model: Model): Promise<{ atMs: number }> {
    return this.#call("device.plug", { port, model });
  }

  /**
   * Pulls the plug. In the middle of the kernel's enumeration (about the first second after `plug`) vhci_hcd may leave
   * one control transfer unanswered: then the whole root hub stands still until that times out, after 5 s.
   */
  unplug(port: string): Promise<{ atMs: number }> {
    return this.#call("device.unplug", { port });
  }

  /** Another device into the same port, as fast as a hand could not. */
  async swap(port: string, model: Model): Promise<{ atMs: number }> {
    await this.unplug(port);
    return this.plug(port, model);
  }

  async unplugAll(): Promise<void> {
    await Promise.all(Array.from({ length: 15 }, (_, i) => this.unplug(this.port(i + 1))));
  }

  /** Pulls the plug in the middle of the transfer that carries the `bytes`th byte from now. */
  async yankAfter(port: string, bytes: number): Promise<void> {
    await this.#call("device.yankAfter", { port, bytes });
  }

  /** Changes a plugged-in modem: its SIM, its answers, its delays. */
  async set(port: string, modem: Partial<ModemParams>): Promise<void> {
    await this.#call("device.set", { port, modem });
  }

  /** Makes a device leave the bus by itself and come back as one of its identities, e.g. `storage`. */
  async become(port: string, identity: string): Promise<void> {
    await this.#call("device.become", { port, identity });
  }

  /** What has happened to the devices in this port, the AT dialogue included. */
  log(port: string, sinceMs?: number): Promise<LogEntry[]> {
    return this.#call("device.log", sinceMs === undefined ? { port } : { port, sinceMs });
  }

  /** Calls `listener` when a device has left by itself: yanked, vanished, or thrown off by the kernel. */
  onGone(listener: (gone: { port: string; reason: string }) => void): () => void {
    return this.#guest.on(DEVICE_GONE, (data) => listener(data as { port: string; reason: string }));
  }

  /** A name server of the carrier's own (see `carriers/name-server.ts`), and the MTU of its next calls; else the usual. */
  async offer(carrier: number, offer: CarrierOffer): Promise<void> {
    await this.#call("carrier.offer", { carrier, offer });
  }

  async shape(carrier: number, shape: Shape): Promise<void> {
    await this.#call("carrier.shape", { carrier, shape });
  }

  async blackhole(carrier: number, mode: "packets" | "bytes" | "off"): Promise<void> {
    await this.#call("carrier.blackhole", { carrier, mode });
  }

  async hangUp(carrier: number): Promise<void> {
    await this.#call("carrier.hangUp", { carrier });
  }

  carrierStatus(carrier: number): Promise<{ isInCall: boolean }> {
    return this.#call("carrier.status", { carrier });
  }

  /** Connections to the internet's server by the carrier's client address, e.g. `10.64.3.2`. */
  counts(options: { reset?: boolean } = {}): Promise<Record<string, number>> {
    return this.#call("internet.counts", options);
  }

  /** Which interfaces the packets of each connection came in by, as the internet saw it. */
  paths(): Promise<ConnectionPath[]> {
    return this.#call("internet.paths", {});
  }

  /** Lets the LAN's client make downloads. */
  download(job: ClientJob): Promise<ClientResult> {
    return this.#call("client.run", job);
  }

  events(sinceMs: number): Promise<{ nowMs: number; events: RecordedEvent[] }> {
    return this.#call("events.since", { sinceMs });
  }

  /** Starts the agent. Whoever starts it stops it. */
  startAgent(args: readonly string[] = []): Promise<GuestProcess> {
    return this.#guest.start(["node", AGENT, "up", ...args], { name: "wanherd" });
  }

  /** What the agent's status says, by its socket: to start `wanherd status` takes seconds in the guest. */
  async status(): Promise<unknown> {
    return JSON.parse(await this.askAgent("GET", "status"));
  }

  /** `POST /v1/ports/PORT/retry` and the like. */
  async act(port: string, action: "retry" | "disable" | "enable"): Promise<void> {
    await this.post(`ports/${port}/${action}`);
  }

  /** `POST /v1/PATH` to the agent, with this as JSON. */
  async post(path: string, body?: object): Promise<void> {
    await this.askAgent("POST", path, body);
  }

  /** What the agent answers to a request for `/v1/PATH`, or for /metrics. @throws when it refuses it, or is not there. */
  async askAgent(method: "GET" | "POST", path: string, body?: object): Promise<string> {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const asked = { socket: AGENT_SOCKET, method, path: path === "metrics" ? "/metrics" : `/v1/${path}`, json };
    const answer = (await this.#guest.call("askAgent", asked)) as AgentAnswer;
    if (answer.status >= 400) throw new Error(`the agent answered ${answer.status} to ${path}: ${answer.body}`);
    return answer.body;
  }

  #call<M extends keyof BusMethods>(method: M, params: BusMethods[M]["params"]): Promise<BusMethods[M]["result"]> {
    return this.#guest.call(method, params) as Promise<BusMethods[M]["result"]>;
  }
}
