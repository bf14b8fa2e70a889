import { createReadStream } from "node:fs";
import { printable } from "../../../machines/failure.ts";
import { createBreather } from "../../../src/config/breather.ts";
import { OperatorDatabase } from "../../../src/operators/operator-database.ts";
import { OPERATORS_FILE } from "../../../src/operators/operators-of.ts";
import { OperatorReader } from "../../../src/operators/read-operators.ts";
import { XmlEvents } from "../../../src/operators/xml-events.ts";

/** Pieces small enough that one never holds the event loop for long, even on a slow computer. */
const PIECE_BYTES = 4096;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * What `operatorsOf` is compared with: reads the whole operator database, piece by piece. Never rejects: without the file, or with one that breaks off, what was
 * read up to there is used and `problem` says what is wrong; a modem can still be given its APN in the config.
 */
export async function loadOperators(file: string = OPERATORS_FILE): Promise<OperatorDatabase> {
  const reader = new OperatorReader();
  const events = new XmlEvents(reader);
  const breathe = createBreather();
  try {
    const pieces = createReadStream(file, { encoding: "utf8", highWaterMark: PIECE_BYTES, end: MAX_FILE_BYTES });
    for await (const piece of pieces) {
      events.feed(String(piece));
      await breathe();
    }
    events.end();
    return new OperatorDatabase(reader.byNetwork);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new OperatorDatabase(reader.byNetwork, `${file}: ${printable(reason, 200)}`);
  }
}
