/**
 * Who may dial while there is no bundle yet: one member alone, until IP goes through what it has made. Where several come up at the same
 * moment, one end already sends fragments over a member whose other end is not in the bundle yet; there pppd refuses them
 * (Protocol-Reject for Multi-Link, seen with pppd 2.5.2), and IPCP never comes to an end.
 */
export class Opening {
  #isOpen = false;
  #first: number | null = null;
  #waiting: readonly (() => void)[] = [];

  /** Resolves when this member may dial. */
  async turn(member: number): Promise<void> {
    while (!this.#isOpen && this.#first !== null && this.#first !== member) {
      await new Promise<void>((resolve) => {
        this.#waiting = [...this.#waiting, resolve];
      });
    }
    if (!this.#isOpen) this.#first = member;
  }

  /** There is a bundle, and IP goes through it. */
  opened(): void {
    this.#isOpen = true;
    this.#pass();
  }

  /** This member does not dial, or not any more: if it was the first, it is another one's turn. */
  failed(member: number): void {
    if (this.#first === member) this.#pass();
  }

  /** The bundle has ended. */
  closed(): void {
    this.#isOpen = false;
    this.#pass();
  }

  #pass(): void {
    this.#first = null;
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }
}
