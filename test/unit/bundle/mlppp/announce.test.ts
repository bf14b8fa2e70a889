import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { insist } from "../../../../src/bundle/mlppp/announce.ts";
import type { Announcement, Answer } from "../../../../src/bundle/mlppp/control-protocol.ts";

const LEFT: Announcement = { type: "leave", bundle: "0011223344556677", member: 1 };

/** Tells over members, of which only these answer; keeps over which it was told, and when. */
function setUp(answering: readonly number[]) {
  const told: (readonly [member: number, atMs: number])[] = [];
  const state = { answering };
  const tell = (member: number, _: Announcement, signal: AbortSignal): Promise<Answer> => {
    told.push([member, Date.now()]);
    if (state.answering.includes(member)) return Promise.resolve("ok");
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
  };
  return { told, tell, state };
}

describe("what the concentrator has to hear", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it("is told over all members at once: the one that seems well may be dead, too", async () => {
    const { told, tell } = setUp([3]);
    await insist(() => [2, 3], LEFT, new AbortController().signal, tell);
    expect(told).toEqual([
      [2, 0],
      [3, 0],
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toHaveLength(2);
  });

  it("is told again until somebody answers, over whoever is there by then", async () => {
    const { told, tell } = setUp([4]);
    let members: readonly number[] = [2];
    const done = insist(() => members, LEFT, new AbortController().signal, tell);
    await vi.advanceTimersByTimeAsync(1_000);
    members = [];
    await vi.advanceTimersByTimeAsync(2_000);
    members = [4];
    await vi.advanceTimersByTimeAsync(2_000);
    await done;
    expect(told).toEqual([
      [2, 0],
      [4, 4_000],
    ]);
  });

  it("is given up after 20 s, and at once when it is no longer wanted", async () => {
    const { told, tell } = setUp([]);
    const done = insist(() => [2], LEFT, new AbortController().signal, tell);
    await vi.advanceTimersByTimeAsync(20_000);
    await done;
    expect(told).toHaveLength(10);
    const end = new AbortController();
    const other = insist(() => [2], LEFT, end.signal, tell);
    end.abort();
    await other;
    expect(told).toHaveLength(11);
  });
});
