import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

/** One answer of a real modem, and what it must parse to; see test/corpus/README.md. */
export interface CorpusEntry {
  readonly vendor: string;
  readonly model: string;
  /** Null for what a modem says by itself. */
  readonly command: string | null;
  readonly says: string;
  readonly source: string;
  readonly parses: Readonly<Record<string, unknown>>;
}

const FOLDER = new URL("../../corpus/", import.meta.url);

export function readCorpus(): readonly CorpusEntry[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".yaml"))
    .flatMap((name) => {
      const { vendor, answers } = parse(readFileSync(new URL(name, FOLDER), "utf8")) as {
        vendor: string;
        answers: readonly Omit<CorpusEntry, "vendor">[];
      };
      return answers.map((entry) => ({ ...entry, vendor, command: entry.command ?? null }));
    });
}
