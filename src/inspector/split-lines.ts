const MAX_LINE = 1024 * 1024;

/** The lines of a stream of text, without their ends; empty ones are left out. Throws on a line of more than 1 MB. */
export async function* splitLines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of stream) {
    const lines = (rest + (typeof part === "string" ? part : decoder.decode(part, { stream: true }))).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new Error("a line is too long");
    for (const line of lines) if (line !== "") yield line;
  }
  if (rest !== "") yield rest;
}
