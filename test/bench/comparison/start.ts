import { type Figure, nowMs, within } from "./figure.ts";
import { LanProbe } from "./probe.ts";
import { plugSwitched } from "./sticks.ts";

const BOUND_MS = 180_000;

/** From the start of its services until a client of the LAN gets an answer, by a modem that has been plugged in for a while. */
export const start: Figure = {
  key: "start",
  rows: [{ key: "start", title: "services' start → usable uplink, modem plugged in before", unit: "s" }],
  async measure(box, contestant) {
    await contestant.prepare(1);
    await plugSwitched(box, 1);
    const probe = await LanProbe.start(box);
    try {
      const sinceMs = await nowMs(box);
      await contestant.start();
      return { start: within(await probe.untilAnswered(sinceMs, BOUND_MS), BOUND_MS) };
    } finally {
      await probe.stop();
    }
  },
};
