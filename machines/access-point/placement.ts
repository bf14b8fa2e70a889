import type { RadioId, VerifiedRadio } from "../../src/radio/types.ts";
import { type Failure, failure } from "../failure.ts";
import type { RadioOrder } from "../radio/context.ts";
import { chooseChannel, freestOfOurs } from "./channels.ts";
import type { AccessPointContext, AccessPointMember } from "./context.ts";
import type { AccessPointSettings } from "./effects.ts";
import { setupFor } from "./setup-for.ts";

/** The members as they should be now, and what has to be said to whom for that. */
export interface Placement extends Pick<AccessPointContext, "members" | "surveyor"> {
  readonly orders: readonly { readonly id: RadioId; readonly order: RadioOrder }[];
}

/**
 * Gives each radio its channel, and tells it what to be once hostapd and the LAN are there. Where several channels are
 * as free of our own radios, and nobody has listened lately, the first radio listens; the others wait for what it hears. A channel
 * stays for as long as its radio does, and the config has it; also that which an earlier agent gave it.
 */
export function place(context: AccessPointContext, isOpen: boolean): Placement {
  const { settings, neighbours } = context;
  const orders: { id: RadioId; order: RadioOrder }[] = [];
  const members: AccessPointMember[] = context.members.map((member) =>
    member.channel !== null && settings.channels.includes(member.channel.channel)
      ? member
      : { ...member, channel: null },
  );
  let { surveyor } = context;
  for (const [index, member] of members.entries()) {
    const refusal = refusalOf(member.radio, settings);
    if (refusal !== null) {
      orders.push({ id: member.id, order: { type: "accessPoint.refuse", failure: refusal } });
      members[index] = { ...member, channel: null };
      continue;
    }
    if (member.channel !== null) continue;
    const ours = members.flatMap(({ channel }) => channel ?? []);
    const allowed = member.radio.channels.filter(({ channel }) => settings.channels.includes(channel));
    const served = allowed.find(({ channel }) => channel === member.radio.serves);
    if (served !== undefined) {
      members[index] = { ...member, channel: served };
      continue;
    }
    const free = freestOfOurs(allowed, ours);
    if (free.length > 1 && neighbours === null) {
      if (surveyor === null) {
        surveyor = member.id;
        orders.push({
          id: member.id,
          order: { type: "accessPoint.survey", channels: free.map(({ channel }) => channel) },
        });
      }
      break;
    }
    members[index] = { ...member, channel: chooseChannel(allowed, ours, neighbours ?? []) };
  }
  if (isOpen) {
    for (const [index, member] of members.entries()) {
      if (member.channel === null || member.id === surveyor) continue;
      const setup = setupFor(member.radio, member.channel, settings);
      if (JSON.stringify(setup) === JSON.stringify(member.told)) continue;
      members[index] = { ...member, told: setup };
      orders.push({ id: member.id, order: { type: "accessPoint.place", setup } });
    }
  }
  return { members, surveyor, orders };
}

/** Why this radio can be nothing that the config asks for, or null. */
function refusalOf(radio: VerifiedRadio, { security, channels }: AccessPointSettings): Failure | null {
  if (security === "wpa3" && !radio.pmf) {
    return failure("PmfMissing", `${radio.interface} cannot protect management frames, which WPA3 needs`);
  }
  if (radio.channels.some(({ channel }) => channels.includes(channel))) return null;
  const list = channels.join(", ");
  return failure("ChannelForbidden", `${radio.interface} may not serve on any of the channels ${list}`);
}
