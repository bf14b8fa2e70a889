import { FailureError } from "../../machines/failure.ts";
import { PIN_ATTEMPT_QUERIES, parsePinAttempts, parseSimState, type SimState } from "../at/answers/sim.ts";
import type { AtChannel } from "../at/at-channel.ts";
import { pause } from "../at/pause.ts";
import type { DecisionStore } from "./options.ts";
import { linesOf } from "./tolerant.ts";

/** How long a SIM may take to start up, and to become ready after its PIN. */
const SETTLE_MS = 10_000;
const LOOK_MS = 300;
/** As many as a SIM gives; with fewer left somebody has guessed already, and the PUK is near. */
const FULL_ATTEMPTS = 3;

export interface UnlockInput {
  readonly port: string;
  readonly pin: string | null;
  /** What names the SIM, or else the modem: where an attempt is remembered. */
  readonly simName: string;
}

/**
 * Brings the SIM to READY. The PIN is tried at most once, and only with all attempts left; where the modem cannot tell
 * how many are left, an attempt is remembered, before it is made, until the SIM is seen unlocked, so that neither a
 * restart nor another port repeats it. Rejects: SimMissing, SimPinNeeded, SimPukNeeded, SimBusy, SimFailure, Port*, DeviceGone.
 */
export async function unlockSim(
  channel: AtChannel,
  store: DecisionStore,
  input: UnlockInput,
  signal: AbortSignal,
): Promise<void> {
  const attemptKey = `pin-tried:${input.simName}`;
  const state = await settledState(channel, new Set(["busy", "unknown"]), signal);
  if (state === "pin") {
    await enterPin(channel, store, attemptKey, input, signal);
    const after = await settledState(channel, new Set(["busy", "unknown", "pin"]), signal);
    if (after !== "ready") throw simFailure(after, input.port);
  } else if (state !== "ready") {
    throw simFailure(state, input.port);
  }
  if (store.get(attemptKey) !== null) store.set(attemptKey, null);
}

/** The SIM's state once it is none of the passing ones. There is no event for it that all modems send. */
async function settledState(
  channel: AtChannel,
  passing: ReadonlySet<SimState>,
  signal: AbortSignal,
): Promise<SimState> {
  const endsAt = performance.now() + SETTLE_MS;
  for (;;) {
    const state = parseSimState(await channel.command("AT+CPIN?", { timeoutMs: 5_000, signal }));
    if (!passing.has(state) || performance.now() >= endsAt) return state;
    await pause(LOOK_MS, signal);
  }
}

async function enterPin(
  channel: AtChannel,
  store: DecisionStore,
  attemptKey: string,
  { port, pin }: UnlockInput,
  signal: AbortSignal,
): Promise<void> {
  if (pin === null) throw new FailureError("SimPinNeeded", `${port}: the SIM asks for its PIN and the config has none`);
  if (!/^[0-9]{4,8}$/.test(pin))
    throw new FailureError("SimPinNeeded", `${port}: the PIN in the config is not 4 to 8 digits`);
  const left = await attemptsLeft(channel, signal);
  if (left !== null && left < FULL_ATTEMPTS)
    throw new FailureError("SimPinNeeded", `${port}: only ${left} PIN attempts are left, so the PIN was not tried`);
  if (left === null && store.get(attemptKey) !== null)
    throw new FailureError(
      "SimPinNeeded",
      `${port}: the PIN was tried before, and the modem does not tell the attempts left`,
    );
  store.set(attemptKey, "yes");
  // An abort must not leave open whether the PIN was taken, so this command is not called off.
  const { final } = await channel.command(`AT+CPIN="${pin}"`, { timeoutMs: 10_000 });
  signal.throwIfAborted();
  if (final.kind === "OK") return;
  const why = final.kind === "CME" || final.kind === "CMS" ? ` (${final.text})` : "";
  throw new FailureError("SimPinNeeded", `${port}: the SIM refused the PIN of the config${why}`, { tried: "AT+CPIN" });
}

async function attemptsLeft(channel: AtChannel, signal: AbortSignal): Promise<number | null> {
  for (const query of PIN_ATTEMPT_QUERIES) {
    const left = parsePinAttempts((await linesOf(channel, query, { signal })) ?? []);
    if (left !== null) return left;
  }
  return null;
}

function simFailure(state: SimState, port: string): FailureError {
  switch (state) {
    case "missing":
      return new FailureError("SimMissing", `${port}: there is no SIM in the modem`, { tried: "AT+CPIN?" });
    case "puk":
      return new FailureError("SimPukNeeded", `${port}: the SIM is locked and asks for its PUK`, { tried: "AT+CPIN?" });
    case "pin":
      return new FailureError("SimPinNeeded", `${port}: the SIM still asks for its PIN`, { tried: "AT+CPIN?" });
    case "busy":
    case "unknown":
      return new FailureError("SimBusy", `${port}: the SIM did not get ready within ${SETTLE_MS / 1000} s`, {
        tried: "AT+CPIN?",
      });
    case "otherLock":
      return new FailureError("SimFailure", `${port}: the modem is locked to another network or SIM`, {
        tried: "AT+CPIN?",
      });
    default:
      return new FailureError("SimFailure", `${port}: the modem cannot use this SIM`, { tried: "AT+CPIN?" });
  }
}
