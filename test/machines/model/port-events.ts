import { setupFor } from "../../../machines/access-point/setup-for.ts";
import { FailureError, type FailureKind, failure } from "../../../machines/failure.ts";
import { NO_RECOVERY } from "../../../machines/modem/recovery.ts";
import type { PortContext } from "../../../machines/port/context.ts";
import type { AllowedChannel } from "../../../src/radio/types.ts";
import { radioOf, SETTINGS, verifiedAs } from "../fake-access-point.ts";
import { DONGLE } from "../fake-devices.ts";
import { PORT, type World } from "../world.ts";
import type { Exploration } from "./paths.ts";

/** One device of each kind that the world's rules tell apart. */
export const DEVICES = {
  storage: "19d2:2000",
  modem: "12d1:1001",
  maybe: "ffff:0001",
  unswitchable: "0fce:d103",
  hub: "1d6b:0002",
  dongle: DONGLE,
} as const;

const device = (id: string) => {
  const [vendorId, productId] = id.split(":").map((part) => Number.parseInt(part, 16));
  return { device: { port: PORT, vendorId, productId } };
};
const told = (kind: FailureKind) => ({ failure: failure(kind, "told") });
const thrown = (kind: FailureKind) => ({ error: new FailureError(kind, "thrown") });

const RADIO = radioOf(PORT);
const VERIFIED = verifiedAs(RADIO);

/** A small alphabet of what can happen to a port: for each event, the cases that its guards tell apart. */
const CASES: Exploration["cases"] = {
  "device.attached": Object.values(DEVICES).map(device),
  "tty.appeared": [{ tty: { port: PORT, interface: 1, path: "if1", driver: "option" } }],
  "tty.vanished": [{ interface: 1 }],
  "port.configured": [{ enabled: true }, { enabled: false }],
  "modem.online": [
    {
      link: { interface: `wan${PORT}`, address: "10.0.0.2", peer: null, dns: [] },
      rank: { weight: 1, tier: 1 },
      standing: "good",
    },
  ],
  "modem.recovery": [{ recovery: { ...NO_RECOVERY, step: "usbReset" } }],
  "modem.offline": [told("LinkDead")],
  "port.disable": [{}, { now: true }],
  "drain.counted": [{ left: 2 }, { left: 0 }],
  "drain.failed": [told("ProgramMissing")],
  "radio.appeared": [{ radio: RADIO }],
  "radio.offered": [{ id: PORT, radio: VERIFIED }],
  "radio.surveyed": [{ id: PORT, neighbours: [] }],
  "radio.serving": [{ id: PORT }],
  "radio.withdrawn": [{ id: PORT }],
  "accessPoint.survey": [{ channels: [1, 6, 11] }],
  "accessPoint.place": [{ setup: setupFor(VERIFIED, VERIFIED.channels[0] as AllowedChannel, SETTINGS) }],
  "accessPoint.refuse": [told("ChannelForbidden")],
  "xstate.done.actor.isWifi": [{ output: true }, { output: false }],
  "xstate.error.actor.isWifi": [thrown("Internal")],
  "xstate.error.actor.radio": [thrown("Internal")],
  "xstate.error.actor.watchDrain": [thrown("Internal")],
  "xstate.error.actor.switchMode": [thrown("SwitchRefused"), thrown("SwitchUnsupported")],
  "xstate.error.actor.modem": [thrown("Internal")],
};

/** How to explore the port machine of a world. */
export function portExploration(machine: Exploration["machine"], { settings }: World): Exploration {
  return {
    machine,
    input: { port: PORT },
    cases: CASES,
    essence: ({ context }) => {
      const { identity, device: present, ttys, radio, switching, recovery, membership } = context as PortContext;
      const there = [present !== null, ttys.length, radio !== null];
      return [identity?.kind, ...there, switching?.attempts, recovery.step, membership !== null];
    },
    // A modem ends only when it is told to, and then it does nothing else; so does a radio, which then only withdraws.
    impossible: (state, { type }) => {
      // Hotplug tells of a radio between its device's coming and its going; what has ttys too is a modem.
      const { device: present, identity, ttys } = state.context as PortContext;
      const mayBeRadio = identity?.kind === "other" || identity?.kind === "maybe";
      if (/^radio\.(?:appeared|vanished)/.test(type) && (present === null || !mayBeRadio || ttys.length > 0))
        return true;
      if (state.matches({ onAir: "serving" })) return type === "xstate.done.actor.radio";
      if (state.matches("onAir")) return /^radio\.(?:offered|surveyed|serving)|^xstate\.error\.actor\.radio/.test(type);
      const draining = state.matches({ occupied: "draining" });
      const serving = draining || state.matches({ occupied: "serving" });
      if (type === "modem.offline" && state.context.membership === null) return true;
      // It is online, and fails first.
      if (draining && type === "modem.recovery") return true;
      return serving ? type === "xstate.done.actor.modem" : /^modem\.|^xstate\.error\.actor\.modem/.test(type);
    },
    outside: {
      allowedAtFirst: true,
      events: ["port.configured"],
      set: (enabled) => settings.set(PORT, { enabled, weight: 1 }),
      after: (enabled, event) => {
        if (event.type === "port.disable") return false;
        if (event.type === "port.enable") return true;
        return "enabled" in event ? event.enabled === true : enabled;
      },
    },
  };
}
