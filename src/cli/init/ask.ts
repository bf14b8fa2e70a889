import { createInterface } from "node:readline/promises";
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
  const ended = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  return {
    async ask(question, offer, secret = false) {
      output.write(`${question} [${offer}] `);
      isHidden = secret;
      const answer = await Promise.race([lines.question(""), ended]);
      isHidden = false;
      if (secret) output.write("\n");
      return answer === null ? null : answer.trim() || offer;
    },
    close: () => lines.close(),
  };
}
