import { createHash } from "node:crypto";
import { FailureError } from "../../machines/failure.ts";
import { parseSimState, type SimState } from "../at/answers/sim.ts";
import { PIN_ATTEMPT_QUERIES, parseSimAttempts } from "../at/answers/sim-attempts.ts";
import type { AtChannel } from "../at/at-channel.ts";
import { pause } from "../at/pause.ts";
import type { DecisionStore } from "./options.ts";
import { simFailure } from "./sim-failure.ts";
import { linesOf } from "./tolerant.ts";

/** How long a SIM may take to start up, and to become ready after its PIN. */
const SETTLE_MS = 10_000;
const LOOK_MS = 300;
/** As many as a SIM gives; with fewer left somebody has guessed already, and the PUK is near. */
const FULL_ATTEMPTS = 3;
/** Different PINs for one SIM whose modem does not tell the attempts left: the last attempt is never made. */
const MOST_UNTOLD = 2;
const MOST_REMEMBERED = 6;

export interface UnlockInput {
  readonly port: string;
  readonly pin: string | null;
  /** What names the SIM, or else the modem: where an attempt is remembered. */
  readonly simName: string;
}

/**
 * Brings the SIM to READY. A PIN is tried at most once, and only with all attempts left. Before it is tried it is
 * remembered, until the SIM is seen unlocked, so that neither a restart nor another port repeats it; another PIN in the
 * config may be tried then, and where the modem does not tell the attempts left, that one is the last.
 * Rejects: Sim*, Port*, DeviceGone.
 */
export async function unlockSim(
  channel: AtChannel,
  store: DecisionStore,
  input: UnlockInput,
  signal: AbortSignal,
): Promise<void> {
  const key = `pin-tried:${input.simName}`;
  const state = await settledState(channel, new Set(["busy", "unknown"]), signal);
  if (state === "pin") {
    await enterPin(channel, store, key, input, signal);
    const after = await settledState(channel, new Set(["busy", "unknown", "pin"]), signal);
    if (after !== "ready") throw simFailure(after, input.port);
  } else if (state === "puk" && (await attemptsLeft(channel, "puk", signal)) === 0) {
    throw simFailure("blocked", input.port);
  } else if (state !== "ready") {
    throw simFailure(state, input.port);
  }
  if (store.get(key) !== null) store.set(key, null);
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
  key: string,
  { port, pin, simName }: UnlockInput,
  signal: AbortSignal,
): Promise<void> {
  if (pin === null) throw new FailureError("SimPinNeeded", `${port}: the SIM asks for its PIN and the config has none`);
  if (!/^[0-9]{4,8}$/.test(pin))
    throw new FailureError("SimPinNeeded", `${port}: the PIN in the config is not 4 to 8 digits`);
  const left = await attemptsLeft(channel, "pin", signal);
  if (left !== null && left < FULL_ATTEMPTS)
    throw new FailureError(
      "SimPinNeeded",
      `${port}: only ${left} of ${FULL_ATTEMPTS} attempts at the PIN are left, so it was not tried; a phone that is given the right PIN restores them`,
    );
  const tried = (store.get(key) ?? "").split(" ").filter((mark) => mark !== "");
  const mark = markOf(simName, pin);
  if (tried.includes(mark))
    throw new FailureError(
      "SimPinNeeded",
      `${port}: the SIM refused the PIN of the config before, so it was not tried again`,
    );
  if (left === null && tried.length >= MOST_UNTOLD)
    throw new FailureError(
      "SimPinNeeded",
      `${port}: ${tried.length} PINs were tried and the modem does not tell the attempts left, so no other was tried`,
    );
  store.set(key, [...tried, mark].slice(-MOST_REMEMBERED).join(" "));
  // An abort must not leave open whether the PIN was taken, so this command is not called off.
  const { final } = await channel.command(`AT+CPIN="${pin}"`, { timeoutMs: 10_000 });
  signal.throwIfAborted();
  if (final.kind === "OK") return;
  const why = final.kind === "CME" || final.kind === "CMS" ? ` (${final.text})` : "";
  throw new FailureError("SimPinNeeded", `${port}: the SIM refused the PIN of the config${why}`, { tried: "AT+CPIN" });
}

/** What tells the same PIN for the same SIM; as secret as the PIN, which could be found by trying them all. */
function markOf(simName: string, pin: string): string {
  return createHash("sha256").update(`${simName} ${pin}`).digest("hex").slice(0, 16);
}

/** Null where the modem does not tell. */
async function attemptsLeft(channel: AtChannel, asksFor: "pin" | "puk", signal: AbortSignal): Promise<number | null> {
  const queries = asksFor === "pin" ? PIN_ATTEMPT_QUERIES : ['AT+CPINR="SIM PUK"', ...PIN_ATTEMPT_QUERIES.slice(1)];
  for (const query of queries) {
    const left = parseSimAttempts((await linesOf(channel, query, { signal })) ?? [], asksFor)?.[asksFor];
    if (left !== undefined && left !== null) return left;
  }
  return null;
}
