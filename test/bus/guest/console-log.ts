import { createWriteStream, type WriteStream } from "node:fs";

const KEPT = 64 * 1024;

/** The guest's serial console: written to a file as it comes, its end kept for error messages. */
export class ConsoleLog {
  readonly path: string;
  readonly #file: WriteStream;
  #tail = "";
  #marks: { readonly text: string; readonly seen: () => void }[] = [];

  constructor(path: string) {
    this.path = path;
    this.#file = createWriteStream(path);
    // A full disk must not end the tests with a stray error; the tail in memory still tells.
    this.#file.on("error", () => {});
  }

  add(chunk: Buffer): void {
    this.#file.write(chunk);
    this.#tail = (this.#tail + chunk.toString("utf8")).slice(-KEPT);
    const seen = this.#marks.filter((mark) => this.#tail.includes(mark.text));
    this.#marks = this.#marks.filter((mark) => !seen.includes(mark));
    for (const mark of seen) mark.seen();
  }

  /** Resolves when the console shows `text`; never, if it does not. */
  seen(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#tail.includes(text)) resolve();
      else this.#marks.push({ text, seen: resolve });
    });
  }

  tail(lines = 25): string {
    return this.#tail.replaceAll("\r", "").trimEnd().split("\n").slice(-lines).join("\n");
  }

  close(): void {
    this.#file.end();
  }
}
