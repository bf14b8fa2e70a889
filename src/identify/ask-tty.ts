import { failureFrom } from "../../machines/failure.ts";
import { parseAti, parseText } from "../at/answers/identity.ts";
import { AtChannel } from "../at/at-channel.ts";
import type { OpenSerialLine } from "../at/serial-line.ts";
import { greet, linesOf } from "../modem/tolerant.ts";
import type { TtyAnswer } from "./types.ts";

/** A modem that has just been plugged in swallows the first. */
const GREETINGS = 3;

/**
 * Asks a tty AT, and who it is (3GPP TS 27.007, 5.1 and 5.2; ITU-T V.250, 6.1.3). Nothing is asked that names the SIM or its
 * owner. Never rejects; ends after some seconds with a tty that is silent.
 */
export async function askTty(path: string, openLine?: OpenSerialLine): Promise<TtyAnswer> {
  let channel: AtChannel | null = null;
  try {
    channel = await AtChannel.open(path, openLine ? { openLine } : {});
    await greet(channel, GREETINGS, new AbortController().signal);
    return { kind: "answers", ...(await whoAreYou(channel)) };
  } catch (error) {
    return { kind: "failed", why: failureFrom(error).message };
  } finally {
    await channel?.close();
  }
}

/** What it does not say, or not in time, is not known; it has answered before. */
async function whoAreYou(channel: AtChannel): Promise<{ manufacturer: string | null; model: string | null }> {
  const said = { manufacturer: null as string | null, model: null as string | null };
  try {
    said.manufacturer = parseText((await linesOf(channel, "AT+CGMI")) ?? [], "+CGMI");
    said.model = parseText((await linesOf(channel, "AT+CGMM")) ?? [], "+CGMM");
    if (said.manufacturer === null || said.model === null) {
      const ati = parseAti((await linesOf(channel, "ATI")) ?? []);
      said.manufacturer ??= ati.manufacturer;
      said.model ??= ati.model;
    }
  } catch {
    // It fell silent.
  }
  return said;
}
