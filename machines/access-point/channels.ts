import type { AllowedChannel, ChannelWidth, Neighbour } from "../../src/radio/types.ts";

/** 20 MHz channels whose middles are so far apart do not disturb each other: 1, 6 and 11 are. */
const APART_MHZ = 25;
/** Weaker ones disturb nobody (about the noise of a 20 MHz channel). */
const FLOOR_DBM = -95;

/** From 36 on channels are of the 5 GHz band. */
export function isHighBand(channel: number): boolean {
  return channel >= 32;
}

/** Those that are as little used by our own radios as any: a choice among them is a matter of neighbours. */
export function freestOfOurs(
  channels: readonly AllowedChannel[],
  ours: readonly AllowedChannel[],
): readonly AllowedChannel[] {
  // 5 GHz is faster and emptier; who lists its channels wants them used where radio and country allow it.
  const high = channels.filter(({ channel }) => isHighBand(channel));
  const candidates = high.length > 0 ? high : channels;
  const used = candidates.map((candidate) => sum(ours.map((own) => overlap(candidate.frequency, own.frequency))));
  return candidates.filter((_, index) => used[index] === Math.min(...used));
}

/** The least used channel: by our own radios first, then by what the neighbours send on it, then the one named first. */
export function chooseChannel(
  channels: readonly AllowedChannel[],
  ours: readonly AllowedChannel[],
  neighbours: readonly Neighbour[],
): AllowedChannel | null {
  const load = ({ frequency }: AllowedChannel): number =>
    sum(neighbours.map((each) => overlap(frequency, each.frequency) * Math.max(0, each.signalDbm - FLOOR_DBM)));
  const [first, ...others] = freestOfOurs(channels, ours);
  if (first === undefined) return null;
  return others.reduce((best, each) => (load(each) < load(best) ? each : best), first);
}

/**
 * How wide a radio sends. In the 2.4 GHz band 20 MHz, or our own channels would overlap; in the 5 GHz band as wide as may be
 * without reaching into another of the configured channels.
 */
export function widthOf(own: AllowedChannel, configured: readonly number[]): ChannelWidth {
  if (!isHighBand(own.channel)) return 20;
  const isFree = (width: 40 | 80): boolean =>
    width <= own.maxWidth &&
    configured.every((other) => other === own.channel || blockOf(other, width) !== blockOf(own.channel, width));
  if (isFree(80)) return 80;
  return isFree(40) ? 40 : 20;
}

/** Which of the band's blocks of this width a channel lies in (IEEE 802.11, annex E: from 36, 100 and 149 on). */
function blockOf(channel: number, width: 40 | 80): string {
  const start = [149, 100, 36].find((first) => channel >= first) ?? 0;
  return `${start}+${Math.floor((channel - start) / (width / 5))}`;
}

/** 1: the same channel; 0: none of one reaches into the other. */
function overlap(a: number, b: number): number {
  return Math.max(0, 1 - Math.abs(a - b) / APART_MHZ);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
