import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { FailureError, type FailureKind, printable } from "../../machines/failure.ts";
import { type InUsePlaces, userOf } from "./in-use.ts";
import { runIw } from "./iw.ts";
import { fitsBeside, type PhyChannel, parsePhyChannels, parsePhyInfo } from "./phy-text.ts";
import type { AllowedChannel, RadioDevice, VerifiedRadio } from "./types.ts";
import { useCountry } from "./use-country.ts";
import { whyNoPhy } from "./why-no-phy.ts";

/** BIP-CMAC-128 protects management frames (IEEE 802.11, table 9-149). */
const BIP_CMAC_128 = "00-0f-ac:6";

export interface VerifyOptions {
  /** What the config wants, at the moment. */
  readonly wanted: () => { readonly channels: readonly number[]; readonly country: string | null };
  /** On which channel an earlier agent's hostapd serves it still; null: it does not. */
  readonly leftChannel?: (interfaceName: string) => number | null;
  readonly iw?: string;
  readonly places?: InUsePlaces;
}

/**
 * The first of the two verifications: everything that the kernel can tell before hostapd tries. Changes nothing of the radio.
 * Rejects with a FailureError of the kind that says why not (see `RadioEffects.verify`).
 */
export function makeVerify(
  options: VerifyOptions,
): (radio: RadioDevice, signal: AbortSignal) => Promise<VerifiedRadio> {
  const {
    wanted,
    leftChannel = () => null,
    iw = "iw",
    places = { sysfs: "/sys", run: "/run", proc: "/proc" },
  } = options;
  return async (radio, signal) => {
    const { phy, interface: name } = radio;
    if (phy === null || name === null) throw await whyNoPhy(radio);
    refuseIf(radio.blocked === "hard", "RadioSwitchedOff", `${name} is switched off by a switch or key (rfkill)`);
    refuseIf(radio.blocked === "soft", "RadioBlocked", `${name} is switched off by software (rfkill)`);
    const { channels, country } = wanted();
    const inForce = country === null || (await useCountry(country, { iw, signal }));
    const [info, list, link] = await Promise.all([
      runIw(iw, ["phy", phy, "info"], signal),
      runIw(iw, ["phy", phy, "channels"], signal),
      runIw(iw, ["dev", name, "link"], signal),
    ]);
    const facts = parsePhyInfo(info);
    if (facts === null) throw new FailureError("PhyMissing", `the kernel does not describe ${phy}`);
    refuseIf(
      !facts.modes.includes("AP"),
      "ApUnsupported",
      `${name} cannot be an access point, only ${facts.modes.join(", ")}`,
    );
    const serves = leftChannel(name);
    const user = serves === null ? await userOf(name, link, places) : null;
    refuseIf(user !== null, "InterfaceBusy", `${name} is in use: ${user}`);
    const others = await otherModes(phy, name, { iw, sysfs: places.sysfs, signal });
    const beside = `${name} cannot be an access point beside its other interfaces (${others.join(", ")})`;
    refuseIf(!fitsBeside(others, facts.combinations), "ApLimit", beside);
    const known = parsePhyChannels(list);
    const allowed = known.flatMap((each) => allowedChannel(each) ?? []);
    if (!allowed.some(({ channel }) => channels.includes(channel))) {
      const why = channels.map((channel) => `${channel} ${whyNot(known.find((each) => each.channel === channel))}`);
      const law = inForce ? "" : `; the kernel knows no rules of the country ${country} (is wireless-regdb installed?)`;
      throw new FailureError("ChannelForbidden", `${name} may serve on none of the channels: ${why.join(", ")}${law}`);
    }
    return {
      phy,
      interface: name,
      macAddress: await macAddress(name, places.sysfs),
      channels: allowed,
      bands: facts.bands,
      pmf: facts.ciphers.includes(BIP_CMAC_128),
      maxStations: facts.maxStations,
      serves,
    };
  };
}

function refuseIf(condition: boolean, kind: FailureKind, message: string): void {
  if (condition) throw new FailureError(kind, message);
}

/** As an access point may use it; null: it may not. */
export function allowedChannel({
  channel,
  frequency,
  disabled,
  noIr,
  radar,
  widths,
}: PhyChannel): AllowedChannel | null {
  if (disabled || noIr || radar || frequency > 5_900) return null;
  const secondary = secondaryOf(channel, widths);
  const maxWidth = secondary === null ? 20 : widths.includes("VHT80") ? 80 : 40;
  return { channel, frequency, maxWidth, secondary };
}

/** In the 5 GHz band the pairs are fixed (IEEE 802.11, annex E): 36+40, 44+48, …, 149+153, … */
function secondaryOf(channel: number, widths: readonly string[]): AllowedChannel["secondary"] {
  const [above, below] = [widths.includes("HT40+"), widths.includes("HT40-")];
  if (channel < 32) return above ? "above" : below ? "below" : null;
  const isLower = ((channel - (channel >= 149 ? 149 : 36)) / 4) % 2 === 0;
  if (isLower) return above ? "above" : null;
  return below ? "below" : null;
}

function whyNot(channel: PhyChannel | undefined): string {
  if (channel === undefined) return "(not of its bands)";
  if (channel.disabled) return "(disabled by the country's rules)";
  return channel.radar ? "(kept clear for radar)" : "(no access point may begin to send there)";
}

/** Modes of the phy's other interfaces that are up. */
async function otherModes(
  phy: string,
  own: string,
  { iw, sysfs, signal }: { iw: string; sysfs: string; signal: AbortSignal },
): Promise<readonly string[]> {
  const modes: string[] = [];
  for (const name of await readdir(`${sysfs}/class/net`).catch(() => [])) {
    if (name === own) continue;
    const folder = `${sysfs}/class/net/${name}`;
    if (basename(await readlink(`${folder}/phy80211`).catch(() => "")) !== phy) continue;
    const flags = Number(await readFile(`${folder}/flags`, "utf8").catch(() => "0"));
    if ((flags & 1) === 0) continue;
    const info = await runIw(iw, ["dev", name, "info"], signal);
    modes.push(/^\ttype (.{1,20})$/m.exec(info)?.[1] ?? "managed");
  }
  return modes;
}

async function macAddress(name: string, sysfs: string): Promise<string> {
  const text = (await readFile(`${sysfs}/class/net/${name}/address`, "utf8").catch(() => "")).trim();
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text)) {
    throw new FailureError("PhyMissing", `${printable(name, 20)} has gone`);
  }
  return text;
}
