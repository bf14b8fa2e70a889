import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROBE_BYTES } from "../../../src/link/dns-query.ts";
import {
  beginWatch,
  type DeathReason,
  judgeLink,
  type Known,
  type LinkState,
  LOOK_MS,
  UNKNOWN,
} from "../../../src/link/judge-link.ts";

/** A second of a link's life: what others send through it and receive, and what becomes of a probe. */
interface Second {
  readonly sent?: number;
  readonly received?: number;
  /** Default `lost`: it leaves by the link and nothing comes back. `astray`: it does not even leave by this link. */
  readonly probe?: "answered" | "lost" | "astray" | "bounced";
  /** LCP's echo is answered. */
  readonly echo?: boolean;
}

interface Life {
  readonly deadAtMs: number | null;
  readonly reason: DeathReason | null;
  readonly changes: readonly { readonly atMs: number; readonly change: string }[];
  readonly probesAtMs: readonly number[];
  readonly state: LinkState;
}

const LIMITS = { loss: 0.4, latencyMs: 2_000 };
const ANSWER_BYTES = PROBE_BYTES + 16;
const TICK_MS = 500;

interface Circumstances {
  readonly known?: Partial<Known>;
  readonly onProbation?: boolean;
  readonly jitterMs?: number;
}

/** Looks at a link as often as it is told to, with timers late by up to `jitterMs`, until it is dead or `seconds` are over. */
function live(
  seconds: number,
  life: (second: number) => Second,
  { known, onProbation = false, jitterMs = 0 }: Circumstances = {},
): Life {
  let [rxBytes, txBytes, echo, nextLookMs] = [0, 0, 0, LOOK_MS];
  let asked: { atMs: number; patienceMs: number } | null = null;
  let inTimeMs: number[] = [];
  let waiting: { atMs: number; patienceMs: number }[] = [];
  const probesAtMs: number[] = [];
  const changes: Life["changes"][number][] = [];
  const look = { rxBytes, txBytes, echo, inTimeMs, failedAtMs: [], lateMs: null };
  let state = beginWatch({ ...look, atMs: 0 }, { ...UNKNOWN, ...known }, onProbation);
  for (let tickMs = TICK_MS; tickMs <= seconds * 1_000; tickMs += TICK_MS) {
    const second = Math.ceil(tickMs / 1_000);
    const now = life(second);
    if (tickMs % 1_000 === 0) {
      rxBytes += now.received ?? 0;
      txBytes += now.sent ?? 0;
      if (now.echo) echo += 2;
    }
    if (asked !== null) {
      const { probe = "lost" } = now;
      if (probe !== "astray") txBytes += PROBE_BYTES;
      if (probe === "answered" || probe === "bounced") rxBytes += ANSWER_BYTES;
      if (probe === "answered") inTimeMs.push(50);
      else waiting.push(asked);
      asked = null;
    }
    if (tickMs < nextLookMs) continue;
    const atMs = tickMs + ((second * 37) % (jitterMs + 1));
    const overdue = waiting.filter((one) => atMs - one.atMs > one.patienceMs);
    waiting = waiting.filter((one) => !overdue.includes(one));
    // A server that never answered is not missed.
    const failedAtMs = state.known.answered ? overdue.map((one) => one.atMs) : [];
    const judged = judgeLink(state, { atMs, rxBytes, txBytes, echo, inTimeMs, failedAtMs, lateMs: null }, LIMITS);
    inTimeMs = [];
    state = judged.state;
    nextLookMs = tickMs + judged.lookInMs;
    if (judged.probe !== null) {
      probesAtMs.push(atMs);
      asked = { atMs, patienceMs: judged.probe };
    }
    if (judged.change === null) continue;
    changes.push({ atMs, change: judged.change });
    if (judged.change !== "suspect" && judged.change !== "well")
      return { deadAtMs: atMs, reason: judged.change, changes, probesAtMs, state };
  }
  return { deadAtMs: null, reason: null, changes, probesAtMs, state };
}

const fine: Second = { probe: "answered" };
const dead: Second = { probe: "lost" };

describe("a link in use that goes dead", () => {
  it.each([0, 20, 150])(
    "is dead 4.5 s after the look that last saw bytes arrive, with timers up to %d ms late",
    (jitterMs) => {
      const { deadAtMs, probesAtMs } = live(
        60,
        (second) => (second <= 10 ? { ...fine, sent: 500, received: 9_000 } : { ...dead, sent: 60 }),
        { jitterMs },
      );
      expect(deadAtMs).toBeGreaterThanOrEqual(14_500);
      expect(deadAtMs).toBeLessThanOrEqual(14_500 + jitterMs);
      expect(probesAtMs.length).toBe(3);
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
    const { probesAtMs } = live(40, (second) => (second <= 10 ? { ...fine, received: 9_000 } : fine));
    expect(probesAtMs).toEqual([11_500]);
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
      expect(deadAtMs).toBeLessThanOrEqual((diesAt + 36) * 1_000);
    }
  });

  it("that went dead is noticed within 6 s of the first packet that somebody sends", () => {
    for (let sendsAt = 22; sendsAt < 40; sendsAt++) {
      const { deadAtMs } = live(120, (second) =>
        second <= 20 ? fine : { ...dead, sent: second === sendsAt ? 60 : 0 },
      );
      expect(deadAtMs).toBeLessThanOrEqual((sendsAt + 6) * 1_000);
    }
  });

  it("may take 3 s to wake up", () => {
    expect(live(200, (second) => ({ received: second % 33 === 4 ? 80 : 0 })).deadAtMs).toBeNull();
  });
});

describe("a network that answers no probe", () => {
  it("is believed to be fine while bytes arrive, and is not even asked", () => {
    const { deadAtMs, probesAtMs } = live(600, () => ({ received: 1, sent: 1 }));
    expect(deadAtMs).toBeNull();
    expect(probesAtMs).toEqual([]);
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
    // Now and then a question happens to be under way.
    expect(reasons).toEqual(new Set(["echo", "probes"]));
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

  it("nothing is dead that received something within the last 4.3 s, and no probe follows a look with news", () => {
    fc.assert(
      fc.property(fc.array(second, { minLength: 1, maxLength: 200 }), fc.boolean(), (seconds, doubted) => {
        const { deadAtMs, probesAtMs } = live(seconds.length, (at) => seconds[at - 1] ?? {}, { known: { doubted } });
        const receivedAt = seconds.flatMap(({ received }, index) => (received ? [(index + 1) * 1_000] : []));
        if (deadAtMs !== null) {
          expect(receivedAt.filter((atMs) => atMs <= deadAtMs && atMs > deadAtMs - 4_300)).toEqual([]);
        }
        expect(probesAtMs.filter((atMs) => receivedAt.includes(atMs))).toEqual([]);
      }),
    );
  });
});
