/**
 * The comma-separated values after `NAME:` of an information line (V.250, 5.4.4.4), quotes removed; null when the line
 * carries another name. Commas inside quotes belong to the value. At most 32 values.
 */
export function fieldsOf(line: string, name: string): readonly string[] | null {
  const head = line.trimStart();
  if (!head.toUpperCase().startsWith(name.toUpperCase())) return null;
  const rest = /^\s*:(.*)$/.exec(head.slice(name.length));
  if (rest === null) return null;
  const values = (rest[1] ?? "").match(/(?:"[^"]*"?|[^",])+|(?<=,)(?=,|$)|^(?=,)/g) ?? [];
  return values.slice(0, 32).map((value) => value.trim().replaceAll('"', ""));
}

/** The first of the lines that carries the name, as values. */
export function findFields(lines: readonly string[], name: string): readonly string[] | null {
  for (const line of lines) {
    const fields = fieldsOf(line, name);
    if (fields !== null) return fields;
  }
  return null;
}

/** A decimal number of at most 9 digits, else null. */
export function numberOf(field: string | undefined): number | null {
  return field !== undefined && /^[0-9]{1,9}$/.test(field) ? Number(field) : null;
}
