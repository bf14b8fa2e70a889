import { printable } from "../../../machines/failure.ts";
import { findFields, numberOf } from "./fields.ts";
import { technologyOf } from "./technology.ts";

/** `+COPS: <mode>[,<format>,<oper>[,<AcT>]]` (27.007, 7.3). The name is printable, at most 40 characters. */
export function parseOperator(lines: readonly string[]): { operator: string | null; technology: string | null } {
  const fields = findFields(lines, "+COPS");
  const name = fields?.[2] ?? "";
  return { operator: name === "" ? null : printable(name, 40), technology: technologyOf(numberOf(fields?.[3])) };
}
