import { connect } from "node:net";
import { CONTROL_PORT, concentratorAddressOf, gatewayAddressOf } from "./addresses.ts";
import { MEASURE_BYTES, renderAnnouncement } from "./control-protocol.ts";

/** From the first byte on: a slow link shows by then what it carries, and is not kept from the bundle any longer. */
const MEASURE_MS = 2_500;
/** Until the first byte. */
const PATIENCE_MS = 8_000;
/** Less says nothing. */
const ENOUGH_BYTES = 10_000;
/** What is shorter may be a burst that the network had held back. */
const STRETCH_MS = 800;

/** When how many bytes had come. */
export interface Arrival {
  readonly atMs: number;
  readonly bytes: number;
}

/**
 * Bytes a second that a stream had at its best, over 0.8 s, or half of its time if that is less; null: too little came. A link does not
 * carry more than it can, but seems to carry less while TCP begins, or this computer does something else. Pure.
 */
export function settledRate(arrivals: readonly Arrival[]): number | null {
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (first === undefined || last === undefined || last.bytes < ENOUGH_BYTES) return null;
  const stretchMs = Math.min(STRETCH_MS, (last.atMs - first.atMs) / 2);
  if (stretchMs <= 0) return null;
  let [from, best] = [0, 0];
  for (const { atMs, bytes } of arrivals) {
    while ((arrivals[from + 1]?.atMs ?? atMs) <= atMs - stretchMs) from++;
    const { atMs: fromMs, bytes: before } = arrivals[from] ?? first;
    if (atMs - fromMs >= stretchMs) best = Math.max(best, ((bytes - before) * 1_000) / (atMs - fromMs));
  }
  return Math.round(best);
}

/**
 * What a TCP stream carries over member 1–8, in bytes a second, before the bundle uses it: the concentrator sends for 2.5 s, 1 MB at
 * most. Null: it could not be found out; never rejects. A bundle cannot tell what a member could carry, only what it was given.
 */
export function measureMember(member: number, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const arrivals: Arrival[] = [];
    let bytes = 0;
    const socket = connect({
      host: concentratorAddressOf(member),
      port: CONTROL_PORT,
      localAddress: gatewayAddressOf(member),
    });
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      socket.destroy();
      resolve(settledRate(arrivals));
    };
    let timer = setTimeout(end, PATIENCE_MS);
    signal.addEventListener("abort", end, { once: true });
    socket.once("connect", () => socket.write(renderAnnouncement({ type: "measure" })));
    socket.on("data", (chunk: Buffer) => {
      if (arrivals.length === 0) {
        clearTimeout(timer);
        timer = setTimeout(end, MEASURE_MS);
      }
      bytes += chunk.length;
      arrivals.push({ atMs: performance.now(), bytes });
      if (bytes >= MEASURE_BYTES) end();
    });
    socket.once("error", end);
    socket.once("close", end);
    if (signal.aborted) end();
  });
}
