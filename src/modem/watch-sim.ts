import type { SimEvent } from "../../machines/modem/effects.ts";
import { parseIccid } from "../at/answers/identity.ts";
import { parseSimState } from "../at/answers/sim.ts";
import { parseSimEvent } from "../at/answers/sim-event.ts";
import type { AtChannel } from "../at/at-channel.ts";
import { pause } from "../at/pause.ts";
import type { ModemSession } from "./session.ts";
import { linesOf } from "./tolerant.ts";

/** No modem tells of a SIM's going and coming unasked without being told to, and many not even then. */
const LOOK_MS = 5_000;

/** What an exchange of the SIM cannot leave as it is: its state, and its number where the modem reads it while locked. */
async function look(channel: AtChannel, signal: AbortSignal): Promise<string> {
  const state = parseSimState(await channel.command("AT+CPIN?", { timeoutMs: 5_000, signal }));
  const iccid = parseIccid((await linesOf(channel, "AT+CCID", { signal })) ?? []);
  return `${state} ${iccid ?? ""}`;
}

/**
 * Reports once when the SIM's state or number is another than at the first look, or when the port cannot be asked any
 * more, and not before one period of looking has passed: who hears it starts from scratch. The returned function ends it.
 */
export function watchSim(session: ModemSession, at: string, emit: (event: SimEvent) => void): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = async (): Promise<void> => {
    const channel = await session.channel(at);
    const hurry = channel.onUnsolicited((line) => {
      if (parseSimEvent(line) !== null) stopping.abort("news");
    });
    const end = channel.onEnd(() => stopping.abort("news"));
    try {
      const first = await look(channel, signal);
      do await pause(LOOK_MS, signal);
      while ((await look(channel, signal)) === first);
    } finally {
      hurry();
      end();
    }
  };
  const stopped = new AbortController();
  const tell = async (): Promise<void> => {
    // Who hears of it asks the modem all over again: a port that fails at each look, or never stops to tell of its SIM,
    // must not make that a loop.
    await early;
    if (!stopped.signal.aborted) emit({ type: "sim.changed" });
  };
  const early = pause(LOOK_MS, stopped.signal).catch(() => undefined);
  watch().then(tell, tell);
  return () => {
    stopped.abort();
    stopping.abort();
  };
}
