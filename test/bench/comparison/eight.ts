import { CarrierPings } from "./carrier-pings.ts";
import { type Figure, type Sample, startReady, within } from "./figure.ts";
import { LanProbe } from "./probe.ts";
import { stick } from "./sticks.ts";

export const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8];
const BOUND_MS = 300_000;

/** Eight sticks that are CD-ROMs, plugged in at once: until the LAN's client gets an answer, and until each carrier gets one from its caller. */
export const eight: Figure = {
  key: "eight",
  rows: [
    { key: "eight-first", title: "eight plugged in at once → the first is usable", unit: "s" },
    { key: "eight-all", title: "eight plugged in at once → all eight answer", unit: "s" },
  ],
  async measure(box, contestant) {
    await startReady(contestant, EIGHT.length);
    const pings = await CarrierPings.start(box, EIGHT);
    const probe = await LanProbe.start(box);
    try {
      const plugged = await Promise.all(EIGHT.map((number) => box.bus.plug(box.bus.port(number), stick(number))));
      const sinceMs = Math.min(...plugged.map(({ atMs }) => atMs));
      const all = Promise.all(EIGHT.map((carrier) => pings.untilAnswered(carrier, sinceMs, BOUND_MS)));
      const first = await probe.untilAnswered(sinceMs, BOUND_MS);
      // Its connections cost all of them the same, and are not needed any more.
      await probe.stop();
      return { "eight-first": within(first, BOUND_MS), "eight-all": lastOf(await all) };
    } finally {
      await probe.stop();
      await pings.stop();
    }
  },
};

function lastOf(answers: readonly (number | null)[]): Sample {
  const there = answers.filter((ms) => ms !== null);
  return there.length === answers.length ? Math.max(...there) : `${there.length} of 8 within ${BOUND_MS / 1_000} s`;
}
