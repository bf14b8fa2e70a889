import { connect } from "node:net";
import { CONTROL_PORT, concentratorAddressOf, gatewayAddressOf } from "./addresses.ts";
import { MEASURE_BYTES, renderAnnouncement } from "./control-protocol.ts";

/** From the first byte on: a slow link shows by then what it carries, and is not kept from the bundle any longer. */
const MEASURE_MS = 2_500;
/** Until the first byte. */
const PATIENCE_MS = 8_000;
/** Less says nothing. */
const ENOUGH_BYTES = 10_000;

/** When how many bytes had come. */
export interface Arrival {
  readonly atMs: number;
  readonly bytes: number;
}

/**
 * Bytes a second that a stream had in the second half of its time, as the first one is TCP's slow start; null: too little came. Pure.
 */
export function settledRate(arrivals: readonly Arrival[]): number | null {
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (first === undefined || last === undefined || last.bytes < ENOUGH_BYTES) return null;
  const half = (first.atMs + last.atMs) / 2;
  const middle = arrivals.findLast(({ atMs }) => atMs <= half) ?? first;
  const ms = last.atMs - middle.atMs;
  return ms > 0 ? Math.round(((last.bytes - middle.bytes) * 1_000) / ms) : null;
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
