import { beforeEach, describe, expect, it } from "vitest";
import { randomFrom } from "../../soak/random.ts";
import { dead, fine, type Life, live, type Second } from "./life.ts";

/** A question and its answer each get lost with this chance. */
function losing(loss: number, random: () => number): Second {
  return { probe: random() < (1 - loss) ** 2 ? "answered" : "lost" };
}

const MINUTES_10 = 600;
const SEEDS = Array.from({ length: 40 }, (_, index) => index);
const names = ({ changes }: Life): readonly string[] => changes.map(({ change }) => change);

describe("a link that loses 5 % either way for ten minutes", () => {
  it.each<[string, (random: () => number) => Second]>([
    ["idle", () => ({})],
    ["used now and then", (random) => (random() < 0.1 ? { sent: 120, received: 4_000 } : {})],
    ["with a trickle that often pauses", (random) => (random() < 0.5 ? { sent: 60, received: 600 } : {})],
    ["downloading at its best", () => ({ sent: 2_000, received: 100_000 })],
  ])("%s, is never thought ill of", (_, use) => {
    for (const seed of SEEDS) {
      const random = randomFrom(seed);
      expect(names(live(MINUTES_10, () => ({ ...losing(0.05, random), ...use(random) })))).toEqual([]);
    }
  });

  it("ends its probation, once, and is never thought ill of after it", () => {
    const tookMs = SEEDS.map((seed) => {
      const random = randomFrom(seed);
      const life = live(MINUTES_10, () => losing(0.05, random), { onProbation: true, known: { answered: true } });
      expect(names(life)).toEqual(["well"]);
      return life.changes[0]?.atMs ?? 0;
    });
    expect(tookMs.sort((a, b) => a - b)[SEEDS.length / 2]).toBeLessThanOrEqual(12_000);
  });
});

describe("a link that loses 30 % either way", () => {
  it("becomes suspect, nearly always before it seems dead, and stays so for most of the time", () => {
    const lives = SEEDS.map((seed) => {
      const random = randomFrom(seed);
      return live(MINUTES_10, (second) => ({ ...losing(0.3, random), sent: second % 5 === 0 ? 60 : 0 }));
    });
    const suspect = lives.filter((life) => names(life)[0] === "suspect");
    expect(suspect.length).toBeGreaterThan(SEEDS.length / 2);
    const flaps = lives.map((life) => names(life).filter((name) => name === "well").length);
    expect(flaps.reduce((sum, count) => sum + count, 0) / SEEDS.length).toBeLessThan(3);
  });

  it("is asked though something arrives in every second, once three questions in ten were lost", () => {
    const tookMs = SEEDS.map((seed) => {
      const random = randomFrom(seed);
      const use = (second: number): Second => (second < 40 ? { sent: 60 } : { sent: 400, received: 600 });
      const { changes } = live(MINUTES_10, (second) => ({ ...losing(0.3, random), ...use(second) }));
      return changes[0]?.change === "suspect" ? changes[0].atMs : Number.POSITIVE_INFINITY;
    });
    expect(tookMs.sort((a, b) => a - b)[SEEDS.length / 2]).toBeLessThan(90_000);
  });
});

describe("a suspect link", () => {
  let random = randomFrom(1);
  beforeEach(() => {
    random = randomFrom(1);
  });
  const badUntil = (second: number, until: number): Second => (second > until ? fine : losing(0.3, random));

  it("is well after ten seconds of answers, and asked once a second at most", () => {
    const { changes, probesAtMs } = live(200, (second) => ({ ...badUntil(second, 100), sent: 60 }));
    expect(changes.map(({ change }) => change)).toEqual(["suspect", "well"]);
    const wellAtMs = changes[1]?.atMs ?? 0;
    // The first of them may have been luck of the bad time.
    expect(wellAtMs).toBeGreaterThanOrEqual(108_000);
    expect(wellAtMs).toBeLessThanOrEqual(113_000);
    for (const [index, atMs] of probesAtMs.entries()) {
      expect(atMs - (probesAtMs[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(950);
    }
  });

  it("that carries much is well without answers: its own queue may delay them", () => {
    const life = live(150, (second) => (second <= 100 ? { ...badUntil(second, 100), sent: 60 } : { received: 90_000 }));
    expect(names(life)).toEqual(["suspect", "well"]);
  });

  it("is not well by a trickle", () => {
    const life = live(300, (second) => ({ ...badUntil(second, 1_000), sent: 60, received: 100 }));
    expect(names(life)).not.toContain("well");
  });
});

describe("a link on probation", () => {
  const random = randomFrom(2);
  const onProbation = { onProbation: true, known: { answered: true } };

  it("is well within 12 s of its network's, however long that was black and whenever it healed", () => {
    for (let healsAt = 1; healsAt < 29; healsAt++) {
      const { changes } = live(60, (second) => (second <= healsAt ? dead : fine), onProbation);
      expect(changes.map(({ change }) => change)).toEqual(["well"]);
      expect((changes[0]?.atMs ?? 0) - healsAt * 1_000).toBeLessThanOrEqual(12_000);
      expect((changes[0]?.atMs ?? 0) - healsAt * 1_000).toBeGreaterThanOrEqual(9_500);
    }
  });

  it("once it is well, its next death is noticed as soon as any: what it lost while it was black is over", () => {
    for (let healsAt = 1; healsAt < 29; healsAt++) {
      const diesAt = healsAt + 16;
      const using = { ...fine, received: 9_000, sent: 300 };
      const { changes } = live(
        80,
        (second) =>
          second <= healsAt || second > diesAt
            ? { ...dead, sent: second > diesAt ? 60 : 0 }
            : second > diesAt - 4
              ? using
              : fine,
        onProbation,
      );
      expect(changes.map(({ change }) => change)).toEqual(["well", "probes"]);
      expect((changes[1]?.atMs ?? 0) - diesAt * 1_000).toBeLessThanOrEqual(5_000);
    }
  });

  it("that stays silent is dialled anew after 30 s, then after twice as long each time, at most 5 min", () => {
    const waits: number[] = [];
    let known = {};
    for (let call = 0; call < 6; call++) {
      const life = live(400, () => dead, { onProbation: true, known: { answered: true, ...known } });
      expect(life.reason).toBe("probation");
      waits.push(Math.floor((life.deadAtMs ?? 0) / 10_000) * 10);
      known = life.state.known;
    }
    expect(waits).toEqual([30, 60, 120, 240, 300, 300]);
  });

  it("costs one question a second at most, and none while bytes arrive", () => {
    const black = live(29, () => dead, onProbation);
    expect(black.probesAtMs.length).toBeLessThanOrEqual(29);
    const used = live(29, () => ({ received: 1_500 }), onProbation);
    expect(names(used)).toEqual(["well"]);
    expect(used.probesAtMs).toEqual([]);
  });

  it("that answers half of the questions is suspect, and not dialled anew", () => {
    const life = live(120, () => losing(0.3, random), onProbation);
    expect(names(life)[0]).toBe("suspect");
    expect(life.deadAtMs).toBeNull();
  });

  it("there is none where no question was ever answered", () => {
    const life = live(600, () => dead, { onProbation: true, known: { doubted: true } });
    expect([life.deadAtMs, life.state.quality.standing]).toEqual([null, "good"]);
  });
});

describe("a busy link's own queue", () => {
  it("makes it neither suspect nor dead: what it delays is not counted", () => {
    // Much is sent, and the answers come too late or not at all, but some bytes trickle back.
    const life = live(300, (second) => ({ sent: 20_000, received: second % 3 === 0 ? 200 : 0, probe: "lost" }), {
      known: { answered: true },
    });
    expect(names(life)).toEqual([]);
  });
});
