import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** Who answers: a person at a terminal. */
export interface Asker {
  /** The answer, or what is offered where nothing was typed. `secret`: what is typed is not shown. Null: the input has ended. */
  ask(question: string, offer: string, secret?: boolean): Promise<string | null>;
  close(): void;
}

/** Asks on a terminal; the questions go to `output`. */
export function createAsker(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Asker {
  let isHidden = false;
  const shown = new Writable({
    write(chunk: Buffer, _, done) {
      if (!isHidden) output.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output: shown, terminal: true });
  // Keeps lines that are typed or pasted before their question.
  const typed = lines[Symbol.asyncIterator]();
  return {
    async ask(question, offer, secret = false) {
      lines.setPrompt(`${question} [${offer}] `);
      lines.prompt();
      isHidden = secret;
      const { done, value } = await typed.next();
      isHidden = false;
      if (secret || done) output.write("\n");
      return done ? null : value.trim() || offer;
    },
    close: () => lines.close(),
  };
}
