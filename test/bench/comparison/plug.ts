import { type Figure, startReady, within } from "./figure.ts";
import { LanProbe } from "./probe.ts";
import { stick } from "./sticks.ts";

const BOUND_MS = 180_000;

/** From the plug of a stick that is still a CD-ROM until a client of the LAN gets an answer through it. */
export const plug: Figure = {
  key: "plug",
  rows: [{ key: "plug", title: "plug → usable uplink", unit: "s" }],
  async measure(box, contestant) {
    await startReady(contestant, 1);
    const probe = await LanProbe.start(box);
    try {
      const { atMs } = await box.bus.plug(box.bus.port(1), stick(1));
      return { plug: within(await probe.untilAnswered(atMs, BOUND_MS), BOUND_MS) };
    } finally {
      await probe.stop();
    }
  },
};
