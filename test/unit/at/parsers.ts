import { parseCallEnd } from "../../../src/at/answers/call-end.ts";
import { parseExtendedSignal } from "../../../src/at/answers/extended-signal.ts";
import { parseFunctionality } from "../../../src/at/answers/functionality.ts";
import { parseAti, parseIccid, parseImei, parseImsi, parseText } from "../../../src/at/answers/identity.ts";
import { parseOperator } from "../../../src/at/answers/operator.ts";
import { parsePdpContexts } from "../../../src/at/answers/pdp-contexts.ts";
import { parseRegistration } from "../../../src/at/answers/registration.ts";
import { parseSignal } from "../../../src/at/answers/signal.ts";
import { parseSimState } from "../../../src/at/answers/sim.ts";
import { parseSimAttempts } from "../../../src/at/answers/sim-attempts.ts";
import { parseSimEvent } from "../../../src/at/answers/sim-event.ts";
import { parseVendorTechnology } from "../../../src/at/answers/vendor-technology.ts";
import type { AtFinal } from "../../../src/at/types.ts";

/** What was heard: the answer to `command`, or what came by itself. */
export interface Heard {
  readonly command: string;
  readonly lines: readonly string[];
  readonly final: AtFinal;
}

/** Every parser of src/at/answers by the name that the corpus uses. */
export const PARSERS: Readonly<Record<string, (heard: Heard) => unknown>> = {
  ati: ({ lines }) => parseAti(lines),
  attempts: ({ lines }) => parseSimAttempts(lines),
  attemptsAtPuk: ({ lines }) => parseSimAttempts(lines, "puk"),
  callEnd: ({ lines }) => parseCallEnd(lines),
  contexts: ({ lines }) => parsePdpContexts(lines),
  extendedSignal: ({ lines }) => parseExtendedSignal(lines),
  functionality: ({ lines }) => parseFunctionality(lines),
  iccid: ({ lines }) => parseIccid(lines),
  imei: ({ lines }) => parseImei(lines),
  imsi: ({ lines }) => parseImsi(lines),
  operator: ({ lines }) => parseOperator(lines),
  registration: ({ lines }) => firstOf(lines, parseRegistration),
  signal: ({ lines }) => parseSignal(lines),
  sim: (heard) => parseSimState(heard),
  simEvent: ({ lines }) => firstOf(lines, parseSimEvent),
  technology: ({ lines }) => parseVendorTechnology(lines),
  text: ({ lines, command }) => parseText(lines, command.replace(/^AT/, "")),
};

function firstOf<T>(lines: readonly string[], parse: (line: string) => T | null): T | null {
  for (const line of lines) {
    const found = parse(line);
    if (found !== null) return found;
  }
  return null;
}
