import { fieldsOf } from "./fields.ts";
import { parseSimState, type SimState } from "./sim.ts";

/**
 * What a line that a modem says by itself tells of the SIM; null when it is no such line. A card just put in is `busy`.
 * `+CPIN: …` (27.007, 8.3, as Quectel, SIMCom and MeiG send it unasked); Huawei `^SIMST:<state>[,<lock>]`, 255 without a
 * card; Telit `#QSS: [<mode>,]<state>`, 0 without, 1 put in, 2 PIN passed, 3 in use; Fibocom `+SIM: Inserted` and `+SIM: Removed`.
 */
export function parseSimEvent(line: string): SimState | null {
  if (fieldsOf(line, "+CPIN") !== null) return parseSimState({ lines: [line], final: { kind: "OK" } });
  const huawei = fieldsOf(line, "^SIMST");
  // 0 is said of a card that waits for its PIN as well as of a bad one, 2–4 of one that is only half usable.
  if (huawei !== null) return huawei[0] === "255" ? "missing" : huawei[0] === "1" ? "ready" : null;
  const telit = fieldsOf(line, "#QSS");
  if (telit !== null) return TELIT[telit.at(-1) ?? ""] ?? null;
  const fibocom = fieldsOf(line, "+SIM")?.[0]?.toLowerCase();
  return fibocom === "inserted" ? "busy" : fibocom === "removed" ? "missing" : null;
}

const TELIT: Readonly<Record<string, SimState>> = { "0": "missing", "1": "busy", "2": "busy", "3": "ready" };
