import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Announcement, Answer } from "../../../../src/bundle/mlppp/control-protocol.ts";
import { Member } from "../../../../src/bundle/mlppp/member.ts";
import type { LinkProcess } from "../../../../src/bundle/mlppp/run-link.ts";
import type { BundleMember } from "../../../../src/bundle/types.ts";
import type { InterfaceId } from "../../../../src/net/types.ts";
import { fakeLinks } from "./fake-links.ts";

const link: BundleMember = { id: "eth1" as InterfaceId, slot: 3, interface: "eth1", address: "192.0.2.3", rate: null };

function setUp(answers: Answer[] = [], measured: readonly (number | null)[] = [120_000], rate: number | null = null) {
  const links = fakeLinks();
  const said: Announcement[] = [];
  const kept: LinkProcess[] = [];
  const ended: string[] = [];
  const measures = [...measured];
  const state = { bundle: "0011223344556677", reachable: true, isMeasureSlow: false, isKnown: true };
  const member = new Member(
    { ...link, rate },
    2,
    {
      bundle: () => state.bundle,
      secret: () => "secret",
      log: () => {},
      notice: () => {},
      knows: () => state.isKnown,
      turn: async () => {},
      passed: () => {},
      bundleMade: () => {},
      bundleEnded: (bundle) => ended.push(bundle),
      keep: (master) => kept.push(master),
    },
    {
      announce: async (_member, announcement) => {
        if (!state.reachable) throw new Error("no answer");
        said.push(announcement);
        return answers.shift() ?? "ok";
      },
      measure: async (_member, _link, signal) => {
        if (state.isMeasureSlow) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return measures.shift() ?? null;
      },
      runLink: links.run,
      echo: () => ({ ask() {}, lateMs: () => 120, end() {} }),
    },
  );
  return { member, links, said, kept, ended, state };
}

describe("a member", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is announced with its speed, then dialled, and is up when pppd says so", async () => {
    const { member, links, said } = setUp();
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    expect(said).toEqual([{ type: "join", bundle: "0011223344556677", speed: 960, pace: 109_654 }]);
    expect(links.started[0]?.args).toContain("960");
    expect(member.isUp).toBe(false);
    links.started[0]?.up();
    expect(member.isUp).toBe(true);
  });

  it("that made the bundle keeps its process when its link drops, and dials with another one", async () => {
    const { member, links, kept, ended } = setUp();
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    links.started[0]?.up(true);
    links.started[0]?.down();
    expect(member.isUp).toBe(false);
    expect(kept).toEqual([links.started[0]]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(links.started).toHaveLength(2);
    links.started[1]?.up();
    expect(member.isUp).toBe(true);
    expect(links.started[0]?.ended).toBe(false);
    expect(ended).toEqual([]);
  });

  it("that made the bundle hands its process over when it leaves", async () => {
    const { member, links, kept } = setUp();
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    links.started[0]?.up(true);
    await member.end();
    expect(kept).toContain(links.started[0]);
    expect(links.started[0]).toMatchObject({ hangUps: 1, ended: false });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(links.started).toHaveLength(1);
  });

  it("says that the bundle has ended when its master does", async () => {
    const { member, links, ended } = setUp();
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    links.started[0]?.up(true);
    links.started[0]?.down();
    links.started[0]?.exit();
    expect(ended).toEqual(["0011223344556677"]);
  });

  it("says so too when the concentrator no longer knows the bundle, and dials nothing", async () => {
    const { member, links, ended } = setUp(["gone"]);
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toEqual(["0011223344556677"]);
    expect(links.started).toHaveLength(0);
  });

  it("is tried ever less often while nobody answers, and no more once it was ended", async () => {
    const { member, links, state } = setUp();
    state.reachable = false;
    member.dial();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(links.started).toHaveLength(0);
    state.reachable = true;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(links.started).toHaveLength(1);
    await member.end();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(links.started).toHaveLength(1);
  });

  it("whose bundle never got IP gives that up, as nobody else can bring it up in it", async () => {
    const { member, links, ended } = setUp();
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    links.started[0]?.up(true, false);
    links.started[0]?.down();
    expect(ended).toEqual(["0011223344556677"]);
  });

  it("is dialled anew with another speed", async () => {
    const { member, links, said } = setUp();
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    links.started[0]?.up();
    expect(member.seen(130_000)).toBe(false);
    expect(member.seen(310_000)).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said[1]).toMatchObject({ speed: 2480 });
    expect(links.started).toHaveLength(2);
  });

  it("is dialled by what it was measured to carry, whatever was known before; unmeasured at the pace that TCP finds", async () => {
    const { member, links, said } = setUp([], [null, 300_000]);
    member.dial();
    await vi.advanceTimersByTimeAsync(0);
    expect(said[0]).toMatchObject({ speed: 800, pace: null });
    links.started[0]?.down();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said[1]).toMatchObject({ speed: 2_400, pace: 274_135 });
    links.started[1]?.up();
    // In a bundle a member shows no more than it is given.
    expect(member.seen(90_000)).toBe(false);
    expect(member.rate).toBe(300_000);
  });

  it("keeps what its link has shown where the measurement is a little short of it, but not after it was set aside", async () => {
    for (const [isKnown, speed] of [
      [true, 2_480],
      [false, 2_240],
    ] as const) {
      const { member, said, state } = setUp([], [280_000], 310_000);
      state.isKnown = isKnown;
      member.dial();
      await vi.advanceTimersByTimeAsync(0);
      expect(said[0]).toMatchObject({ speed });
    }
  });

  it("that is needed at once is dialled unmeasured, and tells when it is up", async () => {
    const { member, links, said, state } = setUp();
    state.isMeasureSlow = true;
    member.dial();
    await vi.advanceTimersByTimeAsync(100);
    expect(said).toEqual([]);
    let isThere = false;
    void member.hurry().then(() => {
      isThere = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(said[0]).toMatchObject({ pace: null });
    expect(isThere).toBe(false);
    links.started[0]?.up();
    await vi.advanceTimersByTimeAsync(0);
    expect(isThere).toBe(true);
    await member.hurry();
  });

  it("does not let anybody wait for it when it is ended", async () => {
    const { member } = setUp();
    const waited = member.hurry();
    await member.end();
    await waited;
    await member.hurry();
  });
});
