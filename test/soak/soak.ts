import type { Box } from "../bus/box.ts";
import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import type { Model } from "../bus/devices/models/models.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { type Holdings, holdingsOf, memoryText } from "./holdings.ts";
import { oneOf, randomFrom } from "./random.ts";

export interface SoakOptions {
  /** Ports by number, each with the carrier of the same number. */
  readonly ports: readonly number[];
  readonly events: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface SoakResult {
  readonly before: Holdings;
  readonly after: Holdings;
  /** How often each thing was done. */
  readonly done: Readonly<Record<string, number>>;
}

const ALL_ONLINE_MS = 300_000;
const MODELS: readonly (() => Model)[] = [
  () => zteMf102({ reenumerateMs: 300 }),
  () => huaweiE367({ reenumerateMs: 300 }),
  () => plainModem(),
  () => plainModem({ variant: "acm" }),
  () => plainModem({ variant: "singlePort" }),
];
const DEAD_MS = 4_000;

/**
 * Does random things to a box's sticks and carriers, one soon after the other, and then looks: every modem is online again,
 * and what the agent holds is what it held when it was first online with all of them. The agent must be running.
 * Throws when they are not all online in the end.
 */
export async function soak(box: Box, { ports: numbers, events, seed, log }: SoakOptions): Promise<SoakResult> {
  const random = randomFrom(seed);
  const ports = new Map(numbers.map((number) => [box.bus.port(number), number]));
  const plugged = new Set<string>();
  const deaf = new Map<number, NodeJS.Timeout>();
  const done: Record<string, number> = {};

  const plug = async (port: string): Promise<void> => {
    await box.bus.plug(port, oneOf(MODELS, random)());
    plugged.add(port);
  };
  const unplug = async (port: string): Promise<void> => {
    await box.bus.unplug(port);
    plugged.delete(port);
  };
  const revive = async (carrier: number): Promise<void> => {
    clearTimeout(deaf.get(carrier));
    deaf.delete(carrier);
    await box.bus.blackhole(carrier, "off");
  };
  const deeds: Record<string, (port: string, carrier: number) => Promise<void>> = {
    unplug,
    swap: async (port) => {
      await unplug(port);
      await plug(port);
    },
    // The plug leaves in the middle of a transfer.
    yank: async (port) => {
      await box.bus.yankAfter(port, Math.floor(random() * 2_000));
      plugged.delete(port);
    },
    hangUp: (_port, carrier) => box.bus.hangUp(carrier),
    "carrier dies": async (_port, carrier) => {
      await box.bus.blackhole(carrier, oneOf(["packets", "bytes"] as const, random));
      deaf.set(
        carrier,
        setTimeout(() => void revive(carrier), DEAD_MS),
      );
    },
  };

  const settle = async (): Promise<Holdings> => {
    for (const carrier of numbers) await revive(carrier);
    // A yank waits for its byte: to be sure, all go and come.
    for (const port of ports.keys()) if (!plugged.has(port)) await unplug(port);
    for (const port of ports.keys()) if (!plugged.has(port)) await plug(port);
    await box.untilPool([...ports.keys()], ALL_ONLINE_MS);
    return holdingsOf(box);
  };

  for (const port of ports.keys()) {
    await box.bus.plug(port, plainModem());
    plugged.add(port);
  }
  const before = await settle();
  log(`all online; the agent holds, in MB: ${await memoryText(box)}`);
  for (let event = 1; event <= events; event++) {
    const port = oneOf([...ports.keys()], random);
    const carrier = ports.get(port) ?? 0;
    const name = plugged.has(port) ? oneOf(Object.keys(deeds), random) : "plug";
    if (name === "plug") {
      // A yanked one may still be there.
      await box.bus.unplug(port);
      await plug(port);
    } else await deeds[name]?.(port, carrier);
    done[name] = (done[name] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
    if (event % 50 === 0) log(`${event} of ${events} things done; the agent holds, in MB: ${await memoryText(box)}`);
  }
  // As at the beginning: the same model everywhere.
  for (const port of ports.keys()) await unplug(port);
  for (const port of ports.keys()) {
    await box.bus.plug(port, plainModem());
    plugged.add(port);
  }
  return { before, after: await settle(), done };
}
