import { printable } from "../../../machines/failure.ts";
import { findFields, numberOf } from "./fields.ts";
import { technologyOf } from "./technology.ts";

/**
 * `+COPS: <mode>[,<format>,<oper>[,<AcT>]]` (27.007, 7.3). The name is printable, at most 40 characters. Some modems say
 * `Unknown` for one they cannot name; some (Nokia, Huawei) forget the closing quote.
 */
export function parseOperator(lines: readonly string[]): { operator: string | null; technology: string | null } {
  const fields = findFields(lines, "+COPS");
  const [name = "", access] = fields?.length === 3 ? unclosed(fields[2] ?? "") : [fields?.[2], fields?.[3]];
  const named = name !== "" && name.toLowerCase() !== "unknown";
  return { operator: named ? printable(name, 40) : null, technology: technologyOf(numberOf(access)) };
}

/**
 * `"26207,0`, of which the missing quote has made one value, as name and <AcT>. No operator's name ends in a comma and
 * a number.
 */
function unclosed(text: string): readonly [string, string | undefined] {
  const parts = /^(.*),([0-9]{1,2})$/.exec(text);
  return parts === null ? [text, undefined] : [parts[1] ?? "", parts[2]];
}
