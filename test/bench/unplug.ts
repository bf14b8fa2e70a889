import { setTimeout as pause } from "node:timers/promises";
import type { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { millisecondsText, quantile, table } from "./statistics.ts";

/** After a change of the pool the kernel is audited (docs/architecture.md); a pull in the middle of that is another measurement. */
export const CALM_MS = 6_000;

/** B. From the kernel's remove event of the pulled stick to the rule set without its link; two other links stay. */
export async function unplugToPool(box: Box, runs: number): Promise<string> {
  const ports = [1, 2, 3].map((number) => box.bus.port(number));
  const pulled = ports[2] as string;
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  const fromKernel: number[] = [];
  const fromPlug: number[] = [];
  for (let run = 0; run < runs; run++) {
    await box.untilPool(ports);
    await pause(CALM_MS);
    const { atMs } = await box.bus.unplug(pulled);
    await box.untilPool(ports.slice(0, 2));
    const { removed, changed } = await unplugEvents(box, pulled, atMs);
    fromKernel.push(changed - removed);
    fromPlug.push(changed - atMs);
    await box.untilState(pulled, "empty");
    await box.bus.plug(pulled, plainModem());
  }
  await box.bus.unplugAll();
  await box.stop();
  const rows = [
    ["from a pulled stick to the pool without it", "median (min–max)", "9 of 10 within"],
    [
      "since the kernel's event of the device",
      millisecondsText(fromKernel),
      `${quantile(fromKernel, 0.9).toFixed(0)} ms`,
    ],
    ["since the plug left the bus", millisecondsText(fromPlug), `${quantile(fromPlug, 0.9).toFixed(0)} ms`],
  ];
  return `### B. Unplug to pool, ${runs} runs\n\n${table(rows)}\n`;
}

/** The kernel's first event of the device's end, and the first change of the rule set after it; waited for up to 10 s. */
export async function unplugEvents(
  box: Box,
  port: string,
  sinceMs: number,
): Promise<{ removed: number; changed: number }> {
  const ofDevice = new RegExp(`^(remove|unbind) .*/${port} `);
  for (let look = 0; look < 50; look++) {
    const { events } = await box.bus.events(sinceMs);
    const removed = events.find(({ source, text }) => source === "kernel" && ofDevice.test(text));
    const changed = events.find(({ source }) => source === "nft");
    if (removed !== undefined && changed !== undefined) return { removed: removed.atMs, changed: changed.atMs };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the pull of ${port} was not seen in the kernel's events and in the rule set's`);
}
