/** All objects in what `ip -j -batch` printed: a JSON array per line. Throws SyntaxError. */
export function ipRecords(output: string): Record<string, unknown>[] {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line) => asRecords(JSON.parse(line)));
}

/** The objects in an array; of what is none, nothing. */
export function asRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "object" && entry !== null) : [];
}
