import type { ModemFacts } from "../../machines/modem/effects.ts";
import { parseFunctionality } from "../at/answers/functionality.ts";
import { ICCID_QUERIES, parseAti, parseIccid, parseImei, parseImsi, parseText } from "../at/answers/identity.ts";
import type { AtChannel } from "../at/at-channel.ts";
import type { ModemConfigLookup } from "../config/types.ts";
import type { PortPath } from "../hotplug/types.ts";
import type { DialPlan } from "../rules/types.ts";
import { RADIO_MS } from "./mend.ts";
import type { DecisionStore } from "./options.ts";
import { greet, linesOf, tryCommand } from "./tolerant.ts";
import { unlockSim } from "./unlock-sim.ts";

export interface IdentifyInput {
  readonly port: PortPath;
  readonly dial: DialPlan;
  readonly settings: ModemConfigLookup;
  readonly store: DecisionStore;
}

/** Greets the modem, sets it up, reads who it is and gets its SIM ready. See ModemEffects.identify. */
export async function identify(channel: AtChannel, input: IdentifyInput, signal: AbortSignal): Promise<ModemFacts> {
  await greet(channel, 3, signal);
  await sendInit(channel, input.dial, signal);
  await tryCommand(channel, "AT+CMEE=1", { signal });

  const read = async (command: string): Promise<readonly string[]> =>
    (await linesOf(channel, command, { signal })) ?? [];
  let manufacturer = parseText(await read("AT+CGMI"), "+CGMI");
  let model = parseText(await read("AT+CGMM"), "+CGMM");
  if (manufacturer === null || model === null) {
    const ati = parseAti(await read("ATI"));
    manufacturer ??= ati.manufacturer;
    model ??= ati.model;
  }
  const imei = parseImei(await read("AT+CGSN"));
  await switchRadioOn(channel, signal);

  // Most modems read the card's number before its PIN is known; then the config can be looked up by it.
  const earlyIccid = await readIccid(channel, signal);
  const { pin } = input.settings(input.port, { imei, iccid: earlyIccid });
  const simName = earlyIccid ?? imei ?? input.port;
  await unlockSim(channel, input.store, { port: input.port, pin, simName }, signal);

  const iccid = earlyIccid ?? (await readIccid(channel, signal));
  const imsi = parseImsi(await read("AT+CIMI"));
  return { manufacturer, model, imei, imsi, iccid };
}

/** The rule's init commands, then no echo. A refused or swallowed one is in the transcript and no reason to stop. */
export async function sendInit(channel: AtChannel, dial: DialPlan, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  for (const command of dial.init) await tryCommand(channel, command, options);
  await tryCommand(channel, "ATE0", options);
}

/** A modem that was left in flight mode finds no network, and one at its minimum no SIM either (27.007, 8.2). */
async function switchRadioOn(channel: AtChannel, signal: AbortSignal): Promise<void> {
  const level = parseFunctionality((await linesOf(channel, "AT+CFUN?", { signal })) ?? []);
  if (level === 0 || level === 4) await tryCommand(channel, "AT+CFUN=1", { timeoutMs: RADIO_MS, signal });
}

async function readIccid(channel: AtChannel, signal: AbortSignal): Promise<string | null> {
  for (const query of ICCID_QUERIES) {
    const iccid = parseIccid((await linesOf(channel, query, { signal })) ?? []);
    if (iccid !== null) return iccid;
  }
  return null;
}

/** The data port's own settings only: a reset there would take back the PDP context that was defined meanwhile. */
export function withoutReset(dial: DialPlan): DialPlan {
  return { ...dial, init: dial.init.filter((command) => !/^AT(?:Z|&F)/i.test(command)) };
}
