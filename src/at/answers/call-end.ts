import { printable } from "../../../machines/failure.ts";
import { fieldsOf } from "./fields.ts";

/** What says that there is nothing to say. */
const NOTHING = /^(?:|0|0,NONE|0 UNKNOWN|NO REPORT AVAILABLE|NO CAUSE INFORMATION AVAILABLE)$/i;

/** `+CEER: <report>`: why the last call or attach failed, in the modem's own words (27.007, 6.10); at most 100 characters. */
export function parseCallEnd(lines: readonly string[]): string | null {
  for (const line of lines) {
    const report = fieldsOf(line, "+CEER")?.join(",").trim();
    if (report !== undefined && !NOTHING.test(report)) return printable(report, 100);
  }
  return null;
}
