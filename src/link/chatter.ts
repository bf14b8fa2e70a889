/** In one look: less than this may be what neighbours on an Ethernet say to all or to us, as ARP, and the router's own answers. */
const CHATTER_BYTES = 2_000;

/**
 * The bytes that came through a link, without what may only be its neighbourhood's talk: on a link with a router, that goes on
 * when nothing comes from beyond it. It is left out only where questions are answered, as these then tell of life; where
 * nothing ever answers, every byte has to count.
 */
export class Chatter {
  readonly #hasRouter: boolean;
  #answered: boolean;
  #raw: number | null = null;
  #counted = 0;

  /** `answered`: questions over this link were answered before, when it was watched for the last time. */
  constructor(hasRouter: boolean, answered: boolean) {
    this.#hasRouter = hasRouter;
    this.#answered = answered;
  }

  /** The counter to judge the link by, given the interface's own and whether a question was answered since the last look. */
  without(rxBytes: number, answered: boolean): number {
    this.#answered ||= answered;
    const arrived = this.#raw === null ? rxBytes : rxBytes - this.#raw;
    this.#raw = rxBytes;
    const mayBeChatter = this.#hasRouter && this.#answered && arrived >= 0 && arrived < CHATTER_BYTES;
    // An answer is no chatter, and came in these bytes.
    if (!mayBeChatter || answered) this.#counted += arrived;
    return this.#counted;
  }
}
