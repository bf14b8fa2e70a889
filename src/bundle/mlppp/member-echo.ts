import { createSocket, type Socket } from "node:dgram";
import { concentratorAddressOf, ECHO_PORT, gatewayAddressOf } from "./addresses.ts";

/** A number, so that answers can be told apart. */
export const QUESTION_BYTES = 4;
const NUMBERS = 2 ** 32;
/** Longer ago, and the answer no longer matters. */
const MAX_OPEN = 60;

/** How late something is, by when it was asked and when it answered. */
export class Lateness {
  /** When what was asked that is later than the last answer, oldest first. */
  #open: readonly { readonly question: number; readonly atMs: number }[] = [];
  #lastMs: number | null = null;

  asked(question: number, atMs: number): void {
    this.#open = [...this.#open, { question, atMs }].slice(-MAX_OPEN);
  }

  /** An answer to what was asked before the last one is older than what is known: it is let go. */
  answered(question: number, atMs: number): void {
    const index = this.#open.findIndex((each) => each.question === question);
    const asked = this.#open[index];
    if (asked === undefined) return;
    this.#lastMs = atMs - asked.atMs;
    this.#open = this.#open.slice(index + 1);
  }

  /** There and back, in ms: of the last answer, or since when one is waited for if that is longer. Null: nothing was answered yet. */
  lateMs(atMs: number): number | null {
    if (this.#lastMs === null) return null;
    const [oldest] = this.#open;
    return Math.max(this.#lastMs, oldest === undefined ? 0 : atMs - oldest.atMs);
  }
}

/**
 * Asks the concentrator over member 1–8, beside its PPP in the same WireGuard, and so through the same queues of the network. By UDP:
 * a question that is lost is not sent again. What cannot be asked is not answered, and is no fault.
 */
export class MemberEcho {
  readonly #lateness = new Lateness();
  readonly #socket: Socket;
  #question = 0;

  constructor(member: number) {
    const socket = createSocket("udp4");
    this.#socket = socket;
    // Its interface may have gone.
    socket.on("error", () => {});
    socket.on("message", (answer) => {
      if (answer.length === QUESTION_BYTES) this.#lateness.answered(answer.readUInt32BE(), performance.now());
    });
    socket.bind({ address: gatewayAddressOf(member) }, () => {
      // The kernel takes answers from there only.
      socket.connect(ECHO_PORT, concentratorAddressOf(member));
    });
  }

  ask(): void {
    const bytes = Buffer.alloc(QUESTION_BYTES);
    this.#question = (this.#question + 1) % NUMBERS;
    bytes.writeUInt32BE(this.#question);
    try {
      this.#socket.send(bytes, () => {});
      this.#lateness.asked(this.#question, performance.now());
    } catch {
      // Not connected yet, or no longer.
    }
  }

  /** As Lateness says it. */
  lateMs(): number | null {
    return this.#lateness.lateMs(performance.now());
  }

  end(): void {
    this.#socket.close();
  }
}
