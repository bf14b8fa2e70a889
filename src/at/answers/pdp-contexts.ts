import { printable } from "../../../machines/failure.ts";
import { fieldsOf, numberOf } from "./fields.ts";

export interface PdpContext {
  readonly cid: number;
  /** `IP`, `IPV6`, `IPV4V6`, `PPP`; upper case, at most 20 characters. */
  readonly type: string;
  /** Null when it is left to the subscription. At most 100 characters (23.003, 9.1). */
  readonly apn: string | null;
}

const MAX_CONTEXTS = 32;

/** `+CGDCONT: <cid>,<type>,<apn>,…`, one line for each context that is defined (27.007, 10.1.1); at most 32. */
export function parsePdpContexts(lines: readonly string[]): readonly PdpContext[] {
  const contexts: PdpContext[] = [];
  for (const line of lines) {
    const fields = fieldsOf(line, "+CGDCONT");
    const cid = numberOf(fields?.[0]);
    if (fields === null || cid === null || contexts.length === MAX_CONTEXTS) continue;
    const apn = printable(fields[2] ?? "", 100);
    contexts.push({ cid, type: printable(fields[1] ?? "", 20).toUpperCase(), apn: apn === "" ? null : apn });
  }
  return contexts;
}
