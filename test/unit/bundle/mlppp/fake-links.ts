import type { LinkEvent, LinkProcess, runLink } from "../../../../src/bundle/mlppp/run-link.ts";

/** A member's pppd as its owner sees it; the test says what it does. */
export class FakeLink implements LinkProcess {
  readonly args: readonly string[];
  readonly #emit: (event: LinkEvent) => void;
  master = false;
  #hasNetwork = false;
  hangUps = 0;
  ended = false;

  constructor(args: readonly string[], emit: (event: LinkEvent) => void) {
    this.args = args;
    this.#emit = emit;
  }

  /** A master brings up IP next, unless it is said not to. */
  up(asMaster = false, withNetwork = asMaster): void {
    this.master = asMaster;
    this.#emit({ type: "up" });
    if (!withNetwork) return;
    this.#hasNetwork = true;
    this.#emit({ type: "network" });
  }

  down(): void {
    this.#emit({ type: "down", failure: { kind: "LinkLost", message: "its link ended" } });
  }

  exit(): void {
    this.ended = true;
    this.#emit({ type: "exited" });
  }

  isMaster(): boolean {
    return this.master;
  }

  hasNetwork(): boolean {
    return this.#hasNetwork;
  }

  hangUp(): void {
    this.hangUps++;
    this.down();
    if (!this.master) this.exit();
  }

  async end(): Promise<void> {
    if (this.ended) return;
    this.down();
    this.exit();
  }
}

/** Runs fakes, and keeps all that were started. */
export function fakeLinks(): { readonly run: typeof runLink; readonly started: FakeLink[] } {
  const started: FakeLink[] = [];
  const run: typeof runLink = (start, emit) => {
    const link = new FakeLink(start.args, emit);
    started.push(link);
    return link;
  };
  return { run, started };
}
