import { describe, expect, it } from "vitest";
import { Opening } from "../../../../src/bundle/mlppp/opening.ts";

describe("who may dial", () => {
  function setUp() {
    const opening = new Opening();
    const may: number[] = [];
    const ask = (member: number): void => void opening.turn(member).then(() => may.push(member));
    const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    return { opening, may, ask, soon };
  }

  it("is one member alone until there is a bundle, then all", async () => {
    const { opening, may, ask, soon } = setUp();
    for (const member of [2, 1, 3]) ask(member);
    await soon();
    expect(may).toEqual([2]);
    opening.opened();
    await soon();
    expect(may).toEqual([2, 1, 3]);
    ask(4);
    await soon();
    expect(may).toContain(4);
  });

  it("is the next one when the first fails, and the same one again where nobody waits", async () => {
    const { opening, may, ask, soon } = setUp();
    ask(1);
    ask(2);
    ask(3);
    await soon();
    opening.failed(3);
    await soon();
    expect(may).toEqual([1]);
    opening.failed(1);
    await soon();
    expect(may).toEqual([1, 2]);
    opening.failed(2);
    await soon();
    expect(may).toEqual([1, 2, 3]);
    opening.failed(3);
    ask(3);
    await soon();
    expect(may).toEqual([1, 2, 3, 3]);
  });

  it("is one alone again when the bundle has ended", async () => {
    const { opening, may, ask, soon } = setUp();
    opening.opened();
    opening.closed();
    ask(1);
    ask(2);
    await soon();
    expect(may).toEqual([1]);
  });
});
