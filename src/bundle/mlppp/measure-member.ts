import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { CONTROL_PORT, concentratorAddressOf, gatewayAddressOf } from "./addresses.ts";
import { renderAnnouncement } from "./control-protocol.ts";

/** From the first byte on: a slow link shows by then what it carries, and is not kept from the bundle any longer. */
const MEASURE_MS = 3_000;
/** Until the first byte. */
const PATIENCE_MS = 8_000;
/** Less says nothing. */
const ENOUGH_BYTES = 10_000;
/** A part of the time in which TCP still begins. */
const BEGINNING = 0.4;
/**
 * Two looks that are compared lie at least so much of what is left apart, and at most twice. So far that a late look is a small part of it, and so
 * little that few have a pause of the network's between them.
 */
const SPAN = 1 / 9;
/** Between two looks at the counter. */
const LOOK_MS = 40;

/** When how many bytes had come since the first look. */
export interface Arrival {
  readonly atMs: number;
  readonly bytes: number;
}

/**
 * Bytes a second of a stream that has settled; null: too little came. Pure. Of the last three fifths any two looks that are about as far apart are
 * compared, and the median of all is taken (Theil and Sen's slope): it minds neither a late look nor a pause of a sixth of the time.
 */
export function settledRate(arrivals: readonly Arrival[]): number | null {
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (first === undefined || last === undefined || last.bytes < ENOUGH_BYTES) return null;
  const fromMs = first.atMs + (last.atMs - first.atMs) * BEGINNING;
  const looks = [{ atMs: fromMs, bytes: bytesAt(arrivals, fromMs) }, ...arrivals.filter(({ atMs }) => atMs > fromMs)];
  const rates = looks.flatMap((look, index) => ratesFrom(look, looks.slice(index + 1), (last.atMs - fromMs) * SPAN));
  const median = rates.toSorted((a, b) => a - b)[rates.length >> 1];
  return median === undefined ? null : Math.round(median);
}

/** Bytes a second from one look to each later one that is far enough from it, but to one at least, if there is any. */
function ratesFrom(look: Arrival, later: readonly Arrival[], spanMs: number): readonly number[] {
  const far = later.filter(({ atMs }) => atMs - look.atMs >= spanMs);
  const near = far.filter(({ atMs }) => atMs - look.atMs <= 2 * spanMs);
  return (near.length > 0 ? near : far.slice(0, 1)).map(
    ({ atMs, bytes }) => ((bytes - look.bytes) * 1_000) / (atMs - look.atMs),
  );
}

/** How many bytes had come by then, where they come evenly between two looks. */
function bytesAt(arrivals: readonly Arrival[], atMs: number): number {
  const index = arrivals.findIndex((arrival) => arrival.atMs >= atMs);
  const [before, after] = [arrivals[index - 1], arrivals[index] ?? arrivals.at(-1)];
  if (before === undefined || after === undefined) return after?.bytes ?? 0;
  return before.bytes + ((after.bytes - before.bytes) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

/**
 * What the link of member 1–8 carries, in bytes a second, before the bundle uses it: the concentrator sends for 3 s, 1 MB at most, and what
 * counts is what came in at the link's interface, whether or not this computer has come to read it, and in order, by then. Null: it could not be
 * found out; never rejects. A bundle cannot tell what a member could carry, only what it was given.
 */
export function measureMember(member: number, link: string, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const arrivals: Arrival[] = [];
    let firstBytes = 0;
    const socket = connect({
      host: concentratorAddressOf(member),
      port: CONTROL_PORT,
      localAddress: gatewayAddressOf(member),
    });
    const look = (): void => {
      const bytes = receivedBy(link);
      const atMs = performance.now();
      if (bytes === null || atMs - (arrivals.at(-1)?.atMs ?? 0) < LOOK_MS) return;
      if (arrivals.length === 0) firstBytes = bytes;
      arrivals.push({ atMs, bytes: bytes - firstBytes });
    };
    const end = (): void => {
      look();
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      socket.destroy();
      resolve(settledRate(arrivals));
    };
    let timer = setTimeout(end, PATIENCE_MS);
    let isFirst = true;
    signal.addEventListener("abort", end, { once: true });
    socket.once("connect", () => socket.write(renderAnnouncement({ type: "measure" })));
    socket.on("data", () => {
      if (isFirst) {
        clearTimeout(timer);
        timer = setTimeout(end, MEASURE_MS);
      }
      isFirst = false;
      look();
    });
    socket.once("error", end);
    socket.once("close", end);
    if (signal.aborted) end();
  });
}

/** All that came in at an interface (Documentation/ABI/testing/sysfs-class-net-statistics); null: it is not there. Read at once, as it is to be of the moment. */
function receivedBy(name: string): number | null {
  try {
    const text = readFileSync(`/sys/class/net/${name}/statistics/rx_bytes`, "latin1");
    return /^[0-9]{1,15}\n$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}
