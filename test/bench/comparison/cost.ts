import type { Box } from "../../bus/box.ts";
import { CarrierPings } from "./carrier-pings.ts";
import { type Cost, megabytes } from "./contestant.ts";
import { EIGHT } from "./eight.ts";
import { type Figure, pause, startReady } from "./figure.ts";
import { readyModem, stick } from "./sticks.ts";

const COME_UP_MS = 300_000;
/** All at once is another measurement. */
const APART_MS = 4_000;
const CALM_MS = 35_000;
const IDLE_MS = 60_000;

/** Eight modems online, and a minute in which nothing happens. */
export const idle: Figure = {
  key: "idle",
  once: true,
  rows: [
    { key: "idle-memory", title: "eight modems online, idle: memory (PSS of all its processes)", unit: "MB" },
    { key: "idle-cpu", title: "eight modems online, idle: CPU of one core", unit: "%" },
  ],
  async measure(box, contestant) {
    await startReady(contestant, EIGHT.length);
    const missing = await plugEight(box);
    if (missing > 0) {
      const why = `${missing} of 8 did not come up`;
      return { "idle-memory": why, "idle-cpu": why };
    }
    await pause(CALM_MS);
    const before = await contestant.group.cost();
    await pause(IDLE_MS);
    const after = await contestant.group.cost();
    console.error(`${contestant.key}, kB by program: ${JSON.stringify(after.pssKb)}`);
    return { "idle-memory": megabytes(after), "idle-cpu": percent(before, after) };
  },
};

const PORTS = [1, 2, 3, 4];
const THINGS = 20;
const PLUGGED_MS = 3_000;
const EMPTY_MS = 1_000;
const TAIL_MS = 10_000;

/** Twenty modems plugged in and pulled out again one after the other, three seconds each, and ten seconds for what is left to do. */
export const storm: Figure = {
  key: "storm",
  once: true,
  rows: [
    {
      key: "storm-memory",
      title: "20 plugs and pulls in a row: memory at most (PSS of all its processes)",
      unit: "MB",
    },
    { key: "storm-cpu", title: "20 plugs and pulls in a row: CPU of one core", unit: "%" },
  ],
  async measure(box, contestant) {
    await startReady(contestant, PORTS.length);
    const before = await contestant.group.cost();
    let most = megabytes(before);
    for (let thing = 0; thing < THINGS; thing++) {
      const number = PORTS[thing % PORTS.length] as number;
      await box.bus.plug(box.bus.port(number), readyModem(number));
      await pause(PLUGGED_MS);
      if (thing % PORTS.length === 0) most = Math.max(most, megabytes(await contestant.group.cost()));
      await box.bus.unplug(box.bus.port(number));
      await pause(EMPTY_MS);
    }
    await pause(TAIL_MS);
    const after = await contestant.group.cost();
    return { "storm-memory": Math.max(most, megabytes(after)), "storm-cpu": percent(before, after) };
  },
};

/** One after the other; how many did not come up. */
async function plugEight(box: Box): Promise<number> {
  const pings = await CarrierPings.start(box, EIGHT);
  try {
    const plugged = await Promise.all(
      EIGHT.map(async (number) => {
        await pause(number * APART_MS);
        const { atMs } = await box.bus.plug(box.bus.port(number), stick(number));
        return pings.untilAnswered(number, atMs, COME_UP_MS);
      }),
    );
    return plugged.filter((ms) => ms === null).length;
  } finally {
    await pings.stop();
  }
}

function percent(before: Cost, after: Cost): number {
  return (100 * (after.cpuMs - before.cpuMs)) / (after.atMs - before.atMs);
}
