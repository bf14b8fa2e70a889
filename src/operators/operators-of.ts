import { printable } from "../../machines/failure.ts";
import { readBounded } from "../config/read-bounded.ts";
import { OperatorDatabase } from "./operator-database.ts";
import { OperatorReader } from "./read-operators.ts";
import { XmlEvents } from "./xml-events.ts";

/** Where Debian's mobile-broadband-provider-info puts it. */
export const OPERATORS_FILE = "/usr/share/mobile-broadband-provider-info/serviceproviders.xml";

const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** Providers that share a country code: India has about 160 of them in the file. */
const MAX_PROVIDERS = 400;

/**
 * The part of the operator database that concerns this SIM: the providers with a network of its country and number.
 * They are found by a search over the file's bytes, and only they are parsed: the whole file costs a small computer
 * half a second, which would be on the way of every call. Never rejects: without the file, or with one that breaks off, what
 * was read up to there is used and `problem` says what is wrong.
 */
export async function operatorsOf(imsi: string, file: string = OPERATORS_FILE): Promise<OperatorDatabase> {
  const reader = new OperatorReader();
  try {
    const bytes = Buffer.from(await readBounded(file, MAX_FILE_BYTES));
    const events = new XmlEvents(reader);
    events.feed("<serviceproviders>");
    for (const provider of providersWith(bytes, networksOf(imsi))) events.feed(provider);
    events.feed("</serviceproviders>");
    events.end();
    return new OperatorDatabase(reader.byNetwork);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new OperatorDatabase(reader.byNetwork, `${file}: ${printable(reason, 200)}`);
  }
}

/** `network-id`'s attributes as the file writes them, for a two- and for a three-digit MNC. */
function networksOf(imsi: string): readonly string[] {
  if (!/^[0-9]{6,15}$/.test(imsi)) return [];
  const country = imsi.slice(0, 3);
  return [imsi.slice(3, 5), imsi.slice(3, 6)].map((mnc) => `mcc="${country}" mnc="${mnc}"`);
}

/** The `provider` elements, as text, that hold one of these words; each once. */
function* providersWith(bytes: Buffer, words: readonly string[]): Generator<string> {
  const found = new Set<number>();
  for (const word of words) {
    for (let at = bytes.indexOf(word); at >= 0 && found.size < MAX_PROVIDERS; at = bytes.indexOf(word, at + 1)) {
      const start = Math.max(bytes.lastIndexOf("<provider>", at), bytes.lastIndexOf("<provider ", at));
      const end = bytes.indexOf("</provider>", at);
      if (start < 0 || end < 0 || found.has(start)) continue;
      found.add(start);
      yield bytes.toString("utf8", start, end + "</provider>".length);
    }
  }
}
