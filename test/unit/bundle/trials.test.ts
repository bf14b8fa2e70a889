import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asideIn, changeTexts, lookAtMembers, NO_TRIALS, type Trials } from "../../../src/bundle/mptcp/trials.ts";
import type { UplinkId } from "../../../src/net/types.ts";
import { randomFrom } from "../../soak/random.ts";

const [SLOW, OTHER, FAST] = ["1-1", "1-2", "1-3"] as UplinkId[] as [UplinkId, UplinkId, UplinkId];
const ALL = [SLOW, OTHER, FAST];
const LOOK_MS = 500;
/** What each was seen to carry on its own. */
const KNOWN = new Map([
  [SLOW, 110_000],
  [OTHER, 110_000],
  [FAST, 290_000],
]);

/** A bundle that is looked at twice a second; `rates` says what its members carry, in bytes a second, given who they are. */
class Life {
  trials: Trials = NO_TRIALS;
  readonly told: string[] = [];
  readonly #bytes = new Map(ALL.map((id) => [id, 0]));
  #atMs = 1_000;

  constructor(
    private readonly rates: (members: readonly UplinkId[]) => Readonly<Record<UplinkId, number>>,
    private readonly known: ReadonlyMap<UplinkId, number> = KNOWN,
  ) {}

  get members(): readonly UplinkId[] {
    return ALL.filter((id) => !asideIn(this.trials).includes(id));
  }

  pass(seconds: number): this {
    for (let look = 0; look < seconds * 2; look++) {
      const { members } = this;
      const rates = this.rates(members);
      for (const id of members) this.#bytes.set(id, (this.#bytes.get(id) ?? 0) + ((rates[id] ?? 0) * LOOK_MS) / 1_000);
      this.#atMs += LOOK_MS;
      const counters = members.map((id) => ({ id, bytes: this.#bytes.get(id) ?? 0, rate: this.known.get(id) ?? null }));
      const now = lookAtMembers(this.trials, counters, this.#atMs);
      this.told.push(...changeTexts(this.trials, now));
      this.trials = now;
    }
    return this;
  }
}

/** As measured: one that carries 20 kB/s holds the others up, by what waits in its queue. */
const dragging = (members: readonly UplinkId[]) =>
  members.includes(SLOW) ? { [SLOW]: 20_000, [OTHER]: 60_000, [FAST]: 150_000 } : { [OTHER]: 110_000, [FAST]: 280_000 };
const steady = () => ({ [SLOW]: 108_000, [OTHER]: 108_000, [FAST]: 280_000 });

describe("a member that may hold up the others", () => {
  it("is tried without, and stays aside while the others carry more", () => {
    const life = new Life(dragging).pass(11);
    expect(life.members).toEqual([OTHER, FAST]);
    life.pass(9);
    expect(life.told).toEqual([
      `the bundle is tried without ${SLOW}: it carries less than its links have shown`,
      `${SLOW} is set aside: the bundle carries more without it`,
    ]);
  });

  it("is taken back after a minute, and stays away for longer each time that it still does harm", () => {
    const life = new Life(dragging);
    const isAside: boolean[] = [];
    for (let second = 0; second < 1_200; second++) isAside.push(!life.pass(1).members.includes(SLOW));
    const back = life.told.filter((text) => text.endsWith("again"));
    expect(back.length).toBeGreaterThan(2);
    expect(back.length).toBeLessThan(8);
    expect(isAside.filter((each) => each).length).toBeGreaterThan(0.9 * isAside.length);
  });

  it("is one of them for good when it does no harm any more", () => {
    let harm = true;
    const life = new Life((members) => (harm ? dragging(members) : { ...steady() })).pass(20);
    expect(life.members).toEqual([OTHER, FAST]);
    harm = false;
    life.pass(70);
    expect(life.members).toEqual(ALL);
    const told = life.told.length;
    life.pass(600);
    expect(life.told).toHaveLength(told);
  });

  it("is found where nothing was known of the links before, by what they carried in between", () => {
    let seconds = 0;
    const life = new Life((members) => {
      seconds += LOOK_MS / 1_000;
      return seconds < 7 ? { [SLOW]: 20_000, [OTHER]: 110_000, [FAST]: 280_000 } : dragging(members);
    }, new Map());
    expect(life.pass(50).members).toEqual([OTHER, FAST]);
  });

  it("is found in mid-download: it comes back once, as less might have been wanted, and has to do harm again", () => {
    let seconds = 0;
    const life = new Life((members) => {
      seconds += LOOK_MS / 1_000;
      return seconds < 20 ? steady() : dragging(members);
    });
    life.pass(65);
    expect(life.told).toEqual([
      `the bundle is tried without ${SLOW}: it carries less than its links have shown`,
      `${SLOW} is in the bundle again`,
      `${SLOW} is set aside: the bundle carries more without it`,
    ]);
  });
});

describe("nothing is tried", () => {
  it("where all links carry what they can", () => {
    const life = new Life(steady).pass(600);
    expect(life.told).toEqual([]);
  });

  it("where a download begins slowly, as it does over a late link", () => {
    let seconds = 0;
    const life = new Life(() => {
      seconds += LOOK_MS / 1_000;
      const part = seconds < 5 ? 0.08 : 1;
      return { [SLOW]: 60_000 * part, [OTHER]: 110_000 * part, [FAST]: 280_000 * part };
    });
    expect(life.pass(60).told).toEqual([]);
  });

  it("where nobody wants more than a little, or anything", () => {
    expect(new Life(() => ({ [SLOW]: 5_000, [OTHER]: 8_000, [FAST]: 9_000 })).pass(600).told).toEqual([]);
    expect(new Life(() => ({})).pass(600).told).toEqual([]);
  });

  it("where downloads come and go, of any length", () => {
    for (const [longest, pause] of [
      [40, 5],
      [30, 1],
      [10, 6],
      [4, 4],
    ] as const)
      for (let seed = 1; seed <= 10; seed++) {
        const random = randomFrom(seed);
        let [looks, on] = [0, false];
        const life = new Life(() => {
          if (looks-- <= 0) {
            on = !on;
            looks = Math.ceil((on ? longest : pause) * 2 * random());
          }
          return on ? steady() : {};
        });
        expect(life.pass(600).told.filter((text) => text.includes("set aside"))).toEqual([]);
      }
  });

  it("with a member that carries nothing: it holds up nothing", () => {
    expect(new Life(() => ({ [FAST]: 100_000 })).pass(600).told).toEqual([]);
  });
});

describe("a trial", () => {
  it("that shows no gain gives the member back, and the next one is later each time", () => {
    // Somebody watches a film: less is wanted than the links can carry, with or without the small one.
    const film = (members: readonly UplinkId[]) =>
      members.includes(SLOW) ? { [SLOW]: 10_000, [FAST]: 90_000 } : { [FAST]: 100_000 };
    const life = new Life(film).pass(30);
    expect(life.members).toEqual(ALL);
    life.pass(3_600);
    const trials = life.told.filter((text) => text.includes("is tried without"));
    expect(trials.length).toBeGreaterThan(2);
    expect(trials.length).toBeLessThan(10);
    expect(life.told.some((text) => text.includes("set aside"))).toBe(false);
  });

  it("seldom shows a gain where many want now more and now less: all have to carry less again with it", () => {
    let [aside, minutes] = [0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomFrom(seed);
      let [looks, wanted] = [0, 0];
      const life = new Life((members) => {
        if (looks-- <= 0) [looks, wanted] = [12 * random(), 50_000 + 650_000 * random()];
        const all = Object.entries(steady()).filter(([id]) => members.some((member) => member === id));
        const part = Math.min(1, wanted / all.reduce((sum, [, rate]) => sum + rate, 0));
        return Object.fromEntries(all.map(([id, rate]) => [id, rate * part]));
      });
      for (let minute = 0; minute < 60; minute++, minutes++) {
        life.pass(60);
        if (life.members.length < ALL.length) aside++;
      }
    }
    expect(aside / minutes).toBeLessThan(0.2);
  });

  it("ends where the download does, and then nothing was shown", () => {
    let wanted = true;
    const life = new Life((members) => (wanted ? dragging(members) : {})).pass(11);
    expect(life.members).toEqual([OTHER, FAST]);
    wanted = false;
    life.pass(10);
    expect(life.members).toEqual(ALL);
    expect(life.told.some((text) => text.includes("set aside"))).toBe(false);
  });

  it("ends where another member comes or goes", () => {
    const life = new Life(dragging).pass(11);
    expect(life.trials.trial?.id).toBe(SLOW);
    const left = lookAtMembers(life.trials, [{ id: FAST, bytes: 10_000_000, rate: 290_000 }], 14_000);
    expect(left.trial).toBeNull();
  });
});

it("whatever the links carry, at least one is a member, and each of them is again within half an hour", () => {
  const rate = fc.integer({ min: 0, max: 500_000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(rate, rate, rate), { minLength: 1, maxLength: 30 }), (seconds) => {
      let look = 0;
      let isOver = false;
      const life = new Life(() => {
        const [slow = 0, other = 0, fast = 0] = seconds[look++ % seconds.length] ?? [];
        return isOver ? {} : { [SLOW]: slow, [OTHER]: other, [FAST]: fast };
      });
      for (let minute = 0; minute < 5; minute++) {
        life.pass(60);
        expect(life.members.length).toBeGreaterThan(0);
      }
      isOver = true;
      life.pass(1_800);
      expect(life.members).toEqual(ALL);
    }),
    { numRuns: 40 },
  );
});
