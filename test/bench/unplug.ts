import type { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { millisecondsText, quantile, table } from "./statistics.ts";

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
    const { atMs } = await box.bus.unplug(pulled);
    await box.untilPool(ports.slice(0, 2));
    const { events } = await box.bus.events(atMs);
    // The usb_device's own event, after those of its interfaces.
    const removed = events.find(
      ({ source, text }) => source === "kernel" && new RegExp(`^(remove|unbind) .*/${pulled} `).test(text),
    );
    const changed = events.find(({ source }) => source === "nft");
    if (removed === undefined || changed === undefined) throw new Error("an event of the removal was not recorded");
    fromKernel.push(changed.atMs - removed.atMs);
    fromPlug.push(changed.atMs - atMs);
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
