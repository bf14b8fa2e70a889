import { access, readlink, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FailureError } from "../../machines/failure.ts";
import type { PortPath } from "../hotplug/types.ts";
import { switchingObstacle } from "./hub-power-switching.ts";
import { loadNodeUsb, type NodeUsb } from "./node-usb.ts";

export interface PortPowerOptions {
  /** Default `/sys`; tests have one of their own. */
  readonly sysfs?: string;
  readonly load?: () => Promise<NodeUsb>;
  /** How long the power stays off, in ms. */
  readonly offMs?: number;
}

/** Less than 2 s may leave a modem's capacitors charged, and its firmware as hung as before. */
const OFF_MS = 2_500;

/** One port of a hub that is no root hub: `1-1.3` is port 3 of hub `1-1`. */
interface HubPort {
  readonly hub: string;
  readonly number: number;
}

/**
 * Switches the power of a hub's port off for a while and on again, by the port's `disable` attribute in sysfs (Linux 6.0,
 * Documentation/ABI/testing/sysfs-bus-usb; drivers/usb/core/port.c): the kernel takes the device away first, and enumerates it
 * anew afterwards. Root hubs and hubs that do not switch each port by itself are never touched, for that could take all
 * modems down at once.
 *
 * `signal` is heeded before the power goes off. Later it changes nothing: that the device vanishes, which is what this does
 * to it, ends the very work that asked for it, and a port must neither get its power back too soon nor stay without.
 *
 * Rejects: StepUnavailable, with the reason in words; SystemRefused.
 */
export async function cyclePortPower(
  port: PortPath,
  signal: AbortSignal,
  { sysfs = "/sys", load = loadNodeUsb, offMs = OFF_MS }: PortPowerOptions = {},
): Promise<void> {
  const own = hubPort(port);
  if (own === null) throw unavailable(port, "it is on a root hub");
  const folder = `${sysfs}/bus/usb/devices/${own.hub}:1.0/${own.hub}-port${own.number}`;
  const attributes = [`${folder}/disable`];
  const peer = await peerOf(folder);
  if (peer !== null) attributes.push(`${folder}/peer/disable`);

  const usb = await load().catch((error: unknown) => {
    throw unavailable(port, `the usb package does not work here: ${String(error)}`);
  });
  for (const { hub, number } of peer === null ? [own] : [own, peer]) {
    const obstacle = await switchingObstacle(usb, hub, number);
    if (obstacle !== null) throw unavailable(port, `hub ${hub} ${obstacle}`);
  }
  for (const attribute of attributes) {
    const found = await access(attribute).then(
      () => true,
      () => false,
    );
    if (!found) throw unavailable(port, "the kernel offers no switch for it (Linux does since 6.0)");
  }
  signal.throwIfAborted();

  const touched: string[] = [];
  let failure: unknown = null;
  try {
    for (const attribute of attributes) {
      touched.push(attribute);
      await write(port, attribute, "1");
    }
    await sleep(offMs);
  } catch (error) {
    failure = error;
  }
  // Each one is tried, also where another fails: none may stay off.
  const ends = await Promise.allSettled(touched.map((attribute) => write(port, attribute, "0")));
  failure ??= ends.find((end) => end.status === "rejected")?.reason ?? null;
  if (failure !== null) throw failure;
}

/** Null: the port is on a root hub. */
function hubPort(port: string): HubPort | null {
  const [, hub, number] = /^([0-9-]+(?:\.[0-9]+)*)\.([0-9]+)$/.exec(port) ?? [];
  return hub === undefined ? null : { hub, number: Number(number) };
}

/**
 * A USB 3 hub is two hubs, one for each speed, which share their sockets: a socket loses its power only when both halves
 * have switched it off (USB 3.2, 10.3.1). The kernel links the halves' ports to each other where it knows them.
 */
async function peerOf(folder: string): Promise<HubPort | null> {
  const target = await readlink(`${folder}/peer`).catch(() => null);
  const [, hub, number] = /^([0-9]+-[0-9.]+)-port([0-9]+)$/.exec(basename(target ?? "")) ?? [];
  return hub === undefined ? null : { hub, number: Number(number) };
}

/** sysfs takes the value in one write; `r+` makes no file where there is none. */
async function write(port: PortPath, attribute: string, value: "0" | "1"): Promise<void> {
  try {
    await writeFile(attribute, value, { flag: "r+" });
  } catch (cause) {
    const what = value === "1" ? "switch off" : "switch on again";
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new FailureError("SystemRefused", `the kernel does not ${what} the power of port ${port}: ${code}`, {
      tried: `write ${value} to ${attribute}`,
      cause,
    });
  }
}

function unavailable(port: PortPath, why: string): FailureError {
  return new FailureError("StepUnavailable", `the power of port ${port} cannot be switched: ${why}`);
}
