import type { FailureKind } from "../failure.ts";
import type { RecoveryStep } from "./effects.ts";

/**
 * What can be done to a modem that keeps failing, gentlest first: its radio off and on (27.007, 8.2, +CFUN), the modem
 * restarted by its own command, its USB device reset, its USB port's power off and on.
 */
export const LADDER: readonly RecoveryStep[] = ["radio", "reset", "usbReset", "powerCycle"];

/** Where a modem stands on the ladder. Plain data: it outlives the modem's own restart. */
export interface Recovery {
  /** Setbacks in a row since the last step, or since the modem was last well. */
  readonly setbacks: number;
  /** How far up the next step may be: an index into LADDER; its length when all were tried. */
  readonly rung: number;
  /** The step under way; the device may vanish and come back by it. */
  readonly step: RecoveryStep | null;
  /** Its link died of silence, and none has shown since then that data comes through it. */
  readonly unproven: boolean;
  /** How often each step was taken since the device was plugged in. */
  readonly taken: Readonly<Record<RecoveryStep, number>>;
}

export const NO_RECOVERY: Recovery = {
  setbacks: 0,
  rung: 0,
  step: null,
  unproven: false,
  taken: { radio: 0, reset: 0, usbReset: 0, powerCycle: 0 },
};

/** Setbacks before the first step, and between two. */
const PATIENCE = { first: 3, next: 2 } as const;

/** A modem that does not talk cannot be told to do something: only its USB device can be acted on. */
const BY_USB: readonly RecoveryStep[] = ["usbReset", "powerCycle"];

/** Which steps may mend a fault; none for all others: a network that refuses a SIM is not won over by a reset. */
const MENDED_BY: Partial<Record<FailureKind, readonly RecoveryStep[]>> = {
  PortSilent: BY_USB,
  PortGarbled: BY_USB,
  PortsMissing: BY_USB,
  DeviceRefused: BY_USB,
  SimBusy: ["reset", "usbReset", "powerCycle"],
  // In a tunnel nothing helps, and a stick that lost the network for good is helped by its radio or its restart.
  RegistrationTimeout: ["radio", "reset"],
  CommandRefused: LADDER,
  NoCarrier: LADDER,
  DialRefused: LADDER,
  DialTimeout: LADDER,
  NegotiationFailed: LADDER,
  LinkLooped: LADDER,
  LinkLost: LADDER,
  LinkDead: LADDER,
};

/**
 * The step that is due after so many setbacks, or null: try again without one, or rest. A modem whose links are up and
 * silent does not rest: only a link that is up can notice that its network is well again.
 */
export function dueStep(recovery: Recovery, kind: FailureKind): RecoveryStep | null {
  const patience = recovery.rung === 0 ? PATIENCE.first : PATIENCE.next;
  if (recovery.setbacks < patience) return null;
  const mends = (step: RecoveryStep): boolean => MENDED_BY[kind]?.includes(step) ?? false;
  const isAnew = kind === "LinkDead" && recovery.setbacks >= PATIENCE.first;
  return LADDER.slice(recovery.rung).find(mends) ?? (isAnew ? LADDER.find(mends) : undefined) ?? null;
}

/** All steps that could mend this fault were taken, and it is still there. */
export function isExhausted(recovery: Recovery, kind: FailureKind): boolean {
  if (kind === "LinkDead") return false;
  return recovery.setbacks >= PATIENCE.next && recovery.rung > 0 && dueStep(recovery, kind) === null;
}

export function afterSetback(recovery: Recovery): Recovery {
  return { ...recovery, setbacks: recovery.setbacks + 1 };
}

/** Begins a step. */
export function atStep(recovery: Recovery, step: RecoveryStep): Recovery {
  const taken = { ...recovery.taken, [step]: recovery.taken[step] + 1 };
  return { ...recovery, setbacks: 0, rung: LADDER.indexOf(step) + 1, step, taken };
}

/** The step is done. One that could not be done at all lets the next one follow at once. */
export function afterStep(recovery: Recovery, done: boolean): Recovery {
  return { ...recovery, step: null, setbacks: done ? 0 : PATIENCE.next };
}

/** Its link has died of silence, or carries data again. */
export function proven(recovery: Recovery, isProven: boolean): Recovery {
  return { ...recovery, unproven: !isProven };
}

/** The modem works, or has rested: the ladder begins at its foot; what was taken stays counted. */
export function atFoot(recovery: Recovery): Recovery {
  return { ...recovery, setbacks: 0, rung: 0, step: null };
}
