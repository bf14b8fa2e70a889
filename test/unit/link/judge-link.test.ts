import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROBE_BYTES } from "../../../src/link/dns-query.ts";
import type { DeathReason, Known } from "../../../src/link/judge-link.ts";
import { ANSWER_BYTES, dead, fine, live, type Second } from "./life.ts";

/** A network of which it is known that it answers questions. */
const ANSWERS = { answered: true };

describe("a link in use that goes dead", () => {
  it.each([0, 20, 150])(
    "is dead 4.5 s after the look that last saw bytes arrive, with timers up to %d ms late",
    (jitterMs) => {
      const { deadAtMs, probesAtMs } = live(
        60,
        (second) => (second <= 10 ? { ...fine, sent: 500, received: 9_000 } : { ...dead, sent: 60 }),
        { jitterMs, known: ANSWERS },
      );
      expect(deadAtMs).toBeGreaterThanOrEqual(14_500);
      expect(deadAtMs).toBeLessThanOrEqual(14_500 + 4 * jitterMs + 100);
      expect(probesAtMs.length).toBe(4);
    },
  );

  it("is dead as soon when what was sent before it died is not repeated", () => {
    const { deadAtMs } = live(60, (second) =>
      second <= 10 ? { ...fine, received: 9_000 } : { sent: second === 11 ? 60 : 0 },
    );
    expect(deadAtMs).toBe(14_500);
  });

  it("is dead as soon when only data came in, for whose end its receiver waits without a word", () => {
    expect(live(60, (second) => (second <= 10 ? { ...fine, received: 9_000 } : dead)).deadAtMs).toBe(14_500);
  });

  it("costs one question when the data has just come to its end", () => {
    const { probesAtMs } = live(40, (second) => (second <= 10 ? { ...fine, received: 9_000 } : fine), {
      known: ANSWERS,
    });
    expect(probesAtMs).toEqual([11_000]);
  });
});

describe("an idle link", () => {
  it("that is fine is asked every 30 s, is alive after a day, and costs less than 420 kB", () => {
    const { deadAtMs, probesAtMs } = live(86_400, () => fine);
    expect(deadAtMs).toBeNull();
    expect(probesAtMs.length).toBeGreaterThan(2_700);
    expect(probesAtMs.length * (PROBE_BYTES + ANSWER_BYTES)).toBeLessThan(420_000);
  });

  it("that went dead is noticed at the next question", () => {
    for (let diesAt = 5; diesAt < 65; diesAt++) {
      const { deadAtMs } = live(120, (second) => (second <= diesAt ? fine : dead));
      expect(deadAtMs).toBeLessThanOrEqual((diesAt + 38) * 1_000);
    }
  });

  it("that went dead is noticed within 6.5 s of the first packet that somebody sends", () => {
    for (let sendsAt = 22; sendsAt < 40; sendsAt++) {
      const { deadAtMs } = live(120, (second) =>
        second <= 20 ? fine : { ...dead, sent: second === sendsAt ? 60 : 0 },
      );
      expect(deadAtMs).toBeLessThanOrEqual((sendsAt + 6.5) * 1_000);
    }
  });

  it("may take 3 s to wake up", () => {
    expect(live(200, (second) => ({ received: second % 33 === 4 ? 80 : 0 })).deadAtMs).toBeNull();
  });
});

describe("a link that is in use from its first second on", () => {
  it("is asked once all the same, so that it is known to answer when it falls silent", () => {
    const { probesAtMs, state, deadAtMs } = live(30, (second) =>
      second <= 10 ? { ...fine, sent: 500, received: 9_000 } : { ...dead, sent: 60 },
    );
    expect(probesAtMs.filter((atMs) => atMs <= 10_000)).toEqual([1_000]);
    expect(state.known.answered).toBe(true);
    expect(deadAtMs).toBe(14_500);
  });
});

describe("a network that answers no probe", () => {
  it("is believed to be fine while bytes arrive, and is asked no more than five times", () => {
    const { deadAtMs, probesAtMs } = live(600, () => ({ received: 1, sent: 1 }));
    expect(deadAtMs).toBeNull();
    expect(probesAtMs).toHaveLength(5);
  });

  it("or refuses each with an ICMP error is fine, for something came back, and asked as seldom", () => {
    const { deadAtMs, probesAtMs } = live(600, () => ({ probe: "bounced" }));
    expect(deadAtMs).toBeNull();
    expect(probesAtMs.length).toBeLessThanOrEqual(20);
  });

  it("is redialled once for its silence, and then left alone while nobody sends", () => {
    const first = live(60, () => dead);
    expect(first).toMatchObject({ reason: "probes", state: { known: { doubted: true } } });
    const second = live(3_600, () => dead, { known: first.state.known });
    expect(second.deadAtMs).toBeNull();
    expect(second.probesAtMs.length).toBeLessThanOrEqual(121);
  });

  it("is redialled again when packets of others get no answer either", () => {
    const sending = live(60, (second) => ({ sent: second >= 20 ? 60 : 0 }), { known: { doubted: true } });
    expect(sending).toMatchObject({ reason: "packets", state: { known: { doubted: true } } });
    expect(sending.deadAtMs).toBeLessThanOrEqual(25_500);
  });

  it("is not redialled for lone packets without an answer", () => {
    const { deadAtMs, probesAtMs } = live(600, (second) => ({ sent: second % 20 === 0 ? 60 : 0 }), {
      known: { doubted: true },
    });
    expect(deadAtMs).toBeNull();
    expect(probesAtMs.length).toBeLessThan(30);
  });

  it("is trusted to answer again after one answer", () => {
    const answering = live(100, (second) => (second < 40 ? fine : dead), { known: { doubted: true } });
    expect(answering.reason).toBe("probes");
  });
});

describe("probes that do not leave by the link", () => {
  it("prove nothing", () => {
    expect(live(600, () => ({ probe: "astray" })).deadAtMs).toBeNull();
  });

  it("count from when they do", () => {
    expect(live(600, (second) => ({ probe: second < 100 ? "astray" : "lost" })).reason).toBe("probes");
  });
});

describe("LCP's echo", () => {
  it("that falls silent after answers is a death within 6 s, even of an idle link", () => {
    const reasons = new Set<DeathReason | null>();
    for (let diesAt = 10; diesAt < 60; diesAt++) {
      const { deadAtMs, reason } = live(100, (second) => (second <= diesAt ? { ...fine, echo: true } : dead));
      reasons.add(reason);
      expect(deadAtMs).toBeLessThanOrEqual((diesAt + 5.5) * 1_000);
      expect(deadAtMs).toBeGreaterThanOrEqual((diesAt + 3.5) * 1_000);
    }
    expect(reasons).toEqual(new Set(["echo"]));
  });

  it("that was never answered says nothing", () => {
    expect(live(600, () => fine).deadAtMs).toBeNull();
  });

  it("does not keep a link alive that carries nothing", () => {
    expect(live(60, (second) => ({ echo: true, sent: second > 10 ? 60 : 0 })).reason).toBe("probes");
  });

  it("may fall silent while bytes arrive, as it is not even asked for then", () => {
    expect(
      live(600, (second) => ({ ...fine, echo: second < 10, received: second % 4 === 0 ? 1 : 0 })).deadAtMs,
    ).toBeNull();
  });
});

describe("whatever happens", () => {
  const second: fc.Arbitrary<Second> = fc.record({
    sent: fc.constantFrom(0, 0, 40, 1_500),
    received: fc.constantFrom(0, 0, 0, 1, 1_500),
    probe: fc.constantFrom("answered", "lost", "astray", "bounced"),
    echo: fc.boolean(),
  });

  it("nothing is dead that received something within the last 4.3 s, and no probe follows a look with news but on a new network, or a link that did badly lately", () => {
    const knowledge = fc.constantFrom<Partial<Known>>({ doubted: true }, ANSWERS, {});
    fc.assert(
      fc.property(fc.array(second, { minLength: 1, maxLength: 200 }), knowledge, (seconds, known) => {
        const { deadAtMs, probesAtMs, inquiriesAtMs } = live(seconds.length, (at) => seconds[at - 1] ?? {}, { known });
        const receivedAt = seconds.flatMap(({ received }, index) => (received ? [(index + 1) * 1_000] : []));
        if (deadAtMs !== null) {
          expect(receivedAt.filter((atMs) => atMs <= deadAtMs && atMs > deadAtMs - 4_300)).toEqual([]);
        }
        const isNew = Object.keys(known).length === 0;
        const needless = probesAtMs.filter((atMs) => receivedAt.includes(atMs) && !inquiriesAtMs.includes(atMs));
        expect(needless.length).toBeLessThanOrEqual(isNew ? 5 : 0);
      }),
      { numRuns: 20_000 },
    );
  });
});
