import { printableText } from "./printable-text.ts";

/** One part of the report. */
export interface Section {
  readonly title: string;
  /** Rejects where it cannot be told; the report then says why in its place. */
  readonly text: () => Promise<string>;
  /** Of what is longer the end is kept, as the newest stands there; in bytes, default 256 KiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 256 * 1024;

/** All sections as one text; `mask` is applied to all of it. One that fails does not cost the others. */
export async function renderReport(sections: readonly Section[], mask: (text: string) => string): Promise<string> {
  const parts: string[] = [];
  for (const { title, text, maxBytes = MAX_BYTES } of sections) {
    const told = await text().catch((error: unknown) => `not told: ${error instanceof Error ? error.message : error}`);
    parts.push(`===== ${title} =====\n${mask(lastBytes(printableText(told.trimEnd()), maxBytes))}\n`);
  }
  return parts.join("\n");
}

/** Whole lines from the end. */
function lastBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const end = bytes.subarray(bytes.length - maxBytes).toString();
  return `(${bytes.length - maxBytes} bytes before this are left out)\n${end.slice(end.indexOf("\n") + 1)}`;
}
