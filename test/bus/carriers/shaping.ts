import { carrierNames, INTERNET } from "./addresses.ts";
import { run } from "./run.ts";

/** How a carrier's link behaves, the same either way. */
export interface Shape {
  /** 1 kB is 1000 bytes. Absent: as fast as the guest can. */
  readonly rateKbytes?: number;
  /** One way. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly lossPercent?: number;
  /** Packets that wait for their turn before more are dropped. Default 100. */
  readonly queuePackets?: number;
}

/** netem's words for a shape (man tc-netem); a black hole drops everything and says nothing. */
export function netemArguments(shape: Shape | "black hole"): string[] {
  if (shape === "black hole") return ["netem", "loss", "100%"];
  const { rateKbytes, delayMs, jitterMs, lossPercent, queuePackets = 100 } = shape;
  return [
    "netem",
    ...["limit", `${queuePackets}`],
    ...(delayMs === undefined ? [] : ["delay", `${delayMs}ms`, ...(jitterMs === undefined ? [] : [`${jitterMs}ms`])]),
    ...(lossPercent === undefined ? [] : ["loss", `${lossPercent}%`]),
    ...(rateKbytes === undefined ? [] : ["rate", `${rateKbytes * 8}kbit`]),
  ];
}

/**
 * Shapes both directions of a carrier's line to the internet. That line, rather than the ppp interface behind it, as
 * it is there before, between and after calls; LCP, which ends at the carrier, is not slowed.
 */
export async function applyShape(id: number, shape: Shape | "black hole"): Promise<void> {
  const { namespace, uplink, downlink } = carrierNames(id);
  const words = netemArguments(shape);
  await Promise.all([
    run("tc", ["-n", INTERNET, "qdisc", "replace", "dev", downlink, "root", ...words]),
    run("tc", ["-n", namespace, "qdisc", "replace", "dev", uplink, "root", ...words]),
  ]);
}
