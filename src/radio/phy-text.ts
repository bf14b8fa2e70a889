import type { BandCapabilities } from "./types.ts";

/** What `iw phy PHY info` says that matters for an access point. */
export interface PhyInfo {
  /** `managed`, `AP`, … */
  readonly modes: readonly string[];
  /** Suites as `00-0f-ac:4`, for CCMP. */
  readonly ciphers: readonly string[];
  readonly bands: { readonly low: BandCapabilities | null; readonly high: BandCapabilities | null };
  readonly maxStations: number | null;
  readonly combinations: readonly Combination[];
}

/** Interfaces that a radio can have at the same time. */
export interface Combination {
  readonly limits: readonly { readonly modes: readonly string[]; readonly max: number }[];
  readonly total: number;
}

/** One of its channels, as `iw phy PHY channels` has it. */
export interface PhyChannel {
  readonly channel: number;
  readonly frequency: number;
  readonly disabled: boolean;
  /** Nobody may begin to send there. */
  readonly noIr: boolean;
  readonly radar: boolean;
  /** As iw names them: `20MHz`, `HT40+`, `VHT80`, … */
  readonly widths: readonly string[];
}

/** hwsim's, of the kernel's radios the most talkative, says 60 kB. */
const MAX_LINES = 5_000;
const MAX_CHANNELS = 200;
const MAX_COMBINATIONS = 32;

/** Which of iw's numbers is which band: NL80211_BAND_2GHZ + 1, NL80211_BAND_5GHZ + 1 (iw: info.c). */
const BANDS: Readonly<Record<string, "low" | "high">> = { "1": "low", "2": "high" };

/**
 * Reads what `iw phy PHY info` prints (iw 5.9 and 6.9: info.c, util.c). iw says that its output is not stable, so whatever is
 * not understood is passed over, and what is missing counts as not there. Null: it is no such text.
 */
export function parsePhyInfo(text: string): PhyInfo | null {
  const lines = text.split("\n", MAX_LINES);
  if (!lines[0]?.startsWith("Wiphy ")) return null;
  const ofBands = { low: null as BandCapabilities | null, high: null as BandCapabilities | null };
  let section = "";
  let band: "low" | "high" | null = null;
  let isHeOfAp = false;
  const modes: string[] = [];
  const ciphers: string[] = [];
  const combinations: string[] = [];
  let maxStations: number | null = null;
  for (const line of lines) {
    // One tab is a heading of its own; what belongs to it has two or more.
    const heading = /^\t([^\t].*?):?$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      band = BANDS[/^Band (\d)$/.exec(heading)?.[1] ?? ""] ?? null;
      if (band !== null) ofBands[band] = { ht: null, vht: null, he: false };
      const most = /^Maximum associated stations in AP mode: (\d{1,5})$/.exec(heading)?.[1];
      if (most !== undefined && Number(most) > 0) maxStations = Number(most);
      continue;
    }
    const item = line.trim();
    if (section === "Supported interface modes") modes.push(/^\* (.{1,40})$/.exec(item)?.[1] ?? "");
    else if (section === "Supported Ciphers")
      ciphers.push(/\(([0-9a-f]{2}(?:-[0-9a-f]{2}){2}:\d{1,3})\)$/.exec(item)?.[1] ?? "");
    else if (section === "valid interface combinations") {
      if (item.startsWith("* ")) combinations.push(item);
      else if (combinations.length > 0 && item !== "") combinations.push(`${combinations.pop()} ${item}`);
    } else if (band !== null) {
      const known: BandCapabilities = ofBands[band] ?? { ht: null, vht: null, he: false };
      const ht = /^\t\tCapabilities: 0x([0-9a-f]{1,4})$/.exec(line)?.[1];
      const vht = /^\t\tVHT Capabilities \(0x([0-9a-f]{1,8})\):$/.exec(line)?.[1];
      const he = /^\t\tHE Iftypes: (.*)$/.exec(line)?.[1];
      if (he !== undefined) isHeOfAp = he.split(", ").includes("AP");
      ofBands[band] = {
        ht: ht === undefined ? known.ht : Number.parseInt(ht, 16),
        vht: vht === undefined ? known.vht : Number.parseInt(vht, 16),
        he: known.he || (he !== undefined && isHeOfAp),
      };
    }
  }
  return {
    modes: modes.filter((mode) => mode !== ""),
    ciphers: ciphers.filter((cipher) => cipher !== ""),
    bands: ofBands,
    maxStations,
    combinations: combinations.slice(0, MAX_COMBINATIONS).flatMap((each) => parseCombination(each) ?? []),
  };
}

/** `* #{ managed, AP } <= 2, #{ P2P-device } <= 1, total <= 3, #channels <= 1, …` */
function parseCombination(text: string): Combination | null {
  const total = /\btotal <= (\d{1,5})/.exec(text)?.[1];
  if (total === undefined) return null;
  const limits = [...text.matchAll(/#\{ ([^}]{1,200}) \} <= (\d{1,5})/g)].map(([, modes = "", max = "0"]) => ({
    modes: modes.split(", "),
    max: Number(max),
  }));
  return { limits, total: Number(total) };
}

/** Whether a radio whose other interfaces are of these modes can have an access point beside them. */
export function fitsBeside(others: readonly string[], combinations: readonly Combination[]): boolean {
  if (others.length === 0) return true;
  const wanted = [...others, "AP"];
  return combinations.some(
    ({ limits, total }) =>
      wanted.length <= total &&
      wanted.every((mode) => limits.some(({ modes }) => modes.includes(mode))) &&
      limits.every(({ modes, max }) => wanted.filter((mode) => modes.includes(mode)).length <= max),
  );
}

/**
 * Reads what `iw phy PHY channels` prints (iw: phy.c): a line `* 2412 MHz [1]`, with `(disabled)` where it is, and below it
 * `No IR`, `Radar detection` and `Channel widths: 20MHz HT40+`.
 */
export function parsePhyChannels(text: string): readonly PhyChannel[] {
  const channels: PhyChannel[] = [];
  for (const line of text.split("\n", MAX_LINES)) {
    const match = /^\s*\* (\d{4,5})(?:\.\d{1,3})? MHz \[(\d{1,3})\](.*)$/.exec(line);
    const last = channels.at(-1);
    if (match !== null) {
      if (channels.length === MAX_CHANNELS) break;
      const [, frequency, channel, rest = ""] = match;
      const disabled = rest.includes("disabled");
      channels.push({
        channel: Number(channel),
        frequency: Number(frequency),
        disabled,
        noIr: false,
        radar: false,
        widths: [],
      });
    } else if (last !== undefined) {
      const item = line.trim();
      const widths = /^Channel widths: (.{1,200})$/.exec(item)?.[1]?.split(" ") ?? last.widths;
      const noIr = last.noIr || /^No IR\b/i.test(item);
      const radar = last.radar || /^Radar detection\b/i.test(item);
      channels[channels.length - 1] = { ...last, noIr, radar, widths };
    }
  }
  return channels;
}
