import type { Box } from "../../bus/box.ts";
import { carrierNames } from "../../bus/carriers/addresses.ts";
import { CarrierPings } from "./carrier-pings.ts";
import { type Figure, nowMs, type Participant, pause, startReady, within } from "./figure.ts";
import { LanProbe } from "./probe.ts";
import { stick } from "./sticks.ts";

const LINKS = [1, 2];
const COME_UP_MS = 180_000;
const UNPLUG_BOUND_MS = 60_000;
const SILENCE_BOUND_MS = 180_000;
/** After a change of links each of them looks around for a while; that is another measurement. */
const CALM_MS = 10_000;

/** The stick of one of two links, of the one that carries if only one does, is pulled out: until each new connection of the LAN's client is answered again. */
export const unplug: Figure = {
  key: "unplug",
  rows: [{ key: "unplug", title: "unplug → every new connection goes by the other link", unit: "s" }],
  measure: (box, contestant) =>
    untilMoved(
      box,
      contestant,
      "unplug",
      UNPLUG_BOUND_MS,
      async (link) => (await box.bus.unplug(box.bus.port(link))).atMs,
    ),
};

/** The same link loses all that goes through it and says nothing. */
export const silence: Figure = {
  key: "silence",
  rows: [{ key: "silence", title: "silent death → every new connection goes by the other link", unit: "s" }],
  async measure(box, contestant) {
    try {
      return await untilMoved(box, contestant, "silence", SILENCE_BOUND_MS, async (link) => {
        await box.bus.blackhole(link, "packets");
        return nowMs(box);
      });
    } finally {
      for (const link of LINKS) await box.bus.blackhole(link, "off");
    }
  },
};

async function untilMoved(
  box: Box,
  contestant: Participant,
  row: string,
  boundMs: number,
  befall: (link: number) => Promise<number>,
): Promise<Record<string, number | string>> {
  await startReady(contestant, 2);
  const pings = await CarrierPings.start(box, LINKS);
  const probe = await LanProbe.start(box);
  try {
    // One after the other, so that it is known which was first.
    for (const number of LINKS) {
      const { atMs } = await box.bus.plug(box.bus.port(number), stick(number));
      if ((await pings.untilAnswered(number, atMs, COME_UP_MS)) === null) {
        return { [row]: `modem ${number} did not come up` };
      }
    }
    if ((await probe.untilSteady(await nowMs(box), COME_UP_MS)) === null) {
      return { [row]: "two links did not carry" };
    }
    // Whatever comes by a link is a sign of its life.
    await pings.stop();
    await pause(CALM_MS);
    const before = await carrying(box);
    // Which one carries, where only one does, a check of its own may have changed since they came up.
    const link = before.length === 1 ? (LINKS.find((number) => before[0] === carrierNames(number).pppRemote) ?? 1) : 1;
    const sinceMs = await befall(link);
    const movedMs = await probe.untilSteady(sinceMs, boundMs);
    console.error(
      `${contestant.key}: ${before.join(" and ")} carried, link ${link} was hit, ${(await carrying(box)).join(" and ")} carry`,
    );
    return { [row]: within(movedMs, boundMs) };
  } finally {
    await probe.stop();
    await pings.stop();
  }
}

/** The carriers' clients through which connections go now. */
async function carrying(box: Box): Promise<readonly string[]> {
  const { downloads } = await box.bus.download({ connections: 12, concurrency: 4, patienceMs: 3_000 });
  return [...new Set(downloads.map(({ via }) => via || "nobody"))].sort();
}
