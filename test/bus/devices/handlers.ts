import { CLIENT, INTERNET } from "../carriers/addresses.ts";
import { Carriers } from "../carriers/carriers.ts";
import type { ClientResult } from "../carriers/client-job.ts";
import { HelperProgram } from "../carriers/helper-program.ts";
import { readPaths, resetPaths } from "../carriers/paths.ts";
import { run } from "../carriers/run.ts";
import { createConcentrator, createInternet, createLan } from "../carriers/world.ts";
import { highSpeedBus, PORTS } from "../usbip/vhci.ts";
import { monotonicMs } from "./device-log.ts";
import { EventRecorder } from "./event-recorder.ts";
import { type BusMethods, DEVICE_GONE } from "./methods.ts";
import { Ports } from "./ports.ts";
import { AirHost } from "./radio/air-host.ts";

type Handlers = Record<string, (params: unknown) => Promise<unknown>>;
type TypedHandlers = { [M in keyof BusMethods]: (params: BusMethods[M]["params"]) => Promise<BusMethods[M]["result"]> };

const BUS_MODULE = "vhci-hcd";

/** Loaded in advance, so that no measurement contains a module's loading. */
const MODULES = [
  ...["usb-storage", "uas", "sd_mod", "sr_mod", "option", "cdc-acm", "usbhid", "hid_generic"],
  ...["ppp_async", "sch_netem", "nf_conntrack"],
];

/** The same, only where there are radios: they take a while. The chips that are emulated know no ciphers: the driver has to. */
const WIFI_MODULES = [["rt2500usb", "nohwcrypt=1"], ["rt2800usb"], ["rtl8187"], ["ath9k_htc"]];

/** Everything that must be there before the first device, made once. */
interface World {
  readonly bus: number;
  readonly ports: Ports;
  readonly internet: HelperProgram;
  readonly recorder: EventRecorder;
}

/**
 * The guest's part of the virtual bus, as handlers for the conductor. The parameters are those of `BusMethods`: they
 * come from the `Bus` of our own tests, and are not checked again.
 */
export function deviceHandlers(notify: (event: string, data: unknown) => void): Handlers {
  const carriers = new Carriers();
  let world: Promise<World> | undefined;
  let client: Promise<HelperProgram> | undefined;
  let concentrator: Promise<void> | undefined;

  const ready = (): Promise<World> =>
    world ?? Promise.reject(new Error("the virtual bus is not set up: call bus.setup"));
  const done = null;

  const handlers: TypedHandlers = {
    "bus.setup": async ({ carriers: ids, drivers }) => {
      world ??= createWorld(carriers, drivers, notify);
      const { bus } = await world;
      await carriers.ensure(ids);
      return { bus, ports: PORTS, nowMs: monotonicMs() };
    },
    "device.plug": async ({ port, model }) => {
      await (await ready()).ports.plug(port, model);
      return { atMs: monotonicMs() };
    },
    "device.unplug": async ({ port }) => {
      (await ready()).ports.unplug(port);
      return { atMs: monotonicMs() };
    },
    "device.yankAfter": async ({ port, bytes }) => {
      (await ready()).ports.device(port).yankAfter(bytes);
      return done;
    },
    "device.set": async ({ port, modem }) => {
      (await ready()).ports.device(port).set(modem);
      return done;
    },
    "device.become": async ({ port, identity }) => {
      (await ready()).ports.device(port).become(identity);
      return done;
    },
    "device.log": async ({ port, sinceMs = 0 }) => {
      return (await ready()).ports.log(port).filter(({ atMs }) => atMs >= sinceMs);
    },
    "carrier.offer": async ({ carrier, offer }) => {
      await carriers.offer(carrier, offer);
      return done;
    },
    "carrier.shape": async ({ carrier, shape }) => {
      await carriers.shape(carrier, shape);
      return done;
    },
    "carrier.blackhole": async ({ carrier, mode }) => {
      await carriers.blackhole(carrier, mode);
      return done;
    },
    "carrier.hangUp": async ({ carrier }) => {
      carriers.get(carrier).hangUp();
      return done;
    },
    "carrier.status": async ({ carrier }) => ({ isInCall: carriers.get(carrier).isInCall }),
    "internet.counts": async ({ reset = false }) => {
      const counts = await (await ready()).internet.ask({ reset });
      if (reset) await resetPaths();
      return counts as Record<string, number>;
    },
    "internet.paths": () => readPaths(),
    "lan.setup": async () => {
      client ??= createLan().then(() => HelperProgram.start("client-load.js", CLIENT));
      await client;
      return done;
    },
    "concentrator.setup": async ({ carriers: ids }) => {
      await carriers.ensure(ids);
      concentrator ??= createConcentrator(ids);
      await concentrator;
      return done;
    },
    "client.run": async (job) => {
      if (client === undefined) throw new Error("there is no LAN yet: call lan.setup");
      return (await (await client).ask({ job })) as ClientResult;
    },
    "events.since": async ({ sinceMs }) => ({
      events: (await ready()).recorder.since(sinceMs),
      nowMs: monotonicMs(),
    }),
  };
  return handlers as unknown as Handlers;
}

async function createWorld(
  carriers: Carriers,
  drivers: boolean,
  notify: (event: string, data: unknown) => void,
): Promise<World> {
  const modules = run("modprobe", ["--all", BUS_MODULE, ...(drivers ? MODULES : [])]);
  await createInternet();
  const [internet] = await Promise.all([HelperProgram.start("internet-server.js", INTERNET), modules]);
  const bus = await highSpeedBus();
  let air: Promise<AirHost> | undefined;
  const startAir = (): Promise<AirHost> => {
    const modules = drivers ? WIFI_MODULES : [];
    air ??= Promise.all([AirHost.start(), ...modules.map((words) => run("modprobe", words))]).then(([host]) => host);
    return air;
  };
  const ports = new Ports(bus, carriers, startAir, (port, reason) => notify(DEVICE_GONE, { port, reason }));
  return { bus, ports, internet, recorder: new EventRecorder() };
}
