import { describe, expect, it } from "vitest";
import { balancerLines, partSentences, rankFacts, shareText } from "../../../src/cli/balancer-text.ts";
import type { BalancerStatus, UplinkStatus } from "../../../src/inspector/types.ts";
import type { UplinkId } from "../../../src/net/types.ts";
import { EXAMPLE } from "./example-status.ts";

const LINK = EXAMPLE.uplinks[0] as UplinkStatus;
const RULE: BalancerStatus["rules"][number] = {
  to: null,
  protocol: null,
  ports: [],
  use: "1-1.2" as UplinkId,
  strict: false,
  over: ["wan1-1_2"],
};

describe("how connections are spread", () => {
  it("is not worth a line where it is the default", () => {
    expect(balancerLines({ by: "connection", byHand: false, rules: [] })).toEqual([]);
  });

  it("is told where a hand or the config says otherwise, with where each rule's connections go now", () => {
    const ports = [
      { from: 443, to: 443 },
      { from: 8000, to: 8100 },
    ];
    const rules = [
      { ...RULE, to: "192.0.2.0/24", protocol: "tcp" as const, ports },
      { ...RULE, ports: [{ from: 53, to: 53 }], over: "pool" as const },
      { ...RULE, protocol: "icmp" as const, use: { tier: 2 }, strict: true, over: "nowhere" as const },
      RULE,
    ];
    expect(balancerLines({ by: "host", byHand: true, rules })).toEqual([
      "New connections: each LAN host keeps to one link; a hand has said so, until `wanherd balance config`",
      "Rule 1: tcp ports 443, 8000-8100 to 192.0.2.0/24 → 1-1.2 (wan1-1_2)",
      "Rule 2: port 53 → 1-1.2, which has no good link now: as all others",
      "Rule 3: icmp → tier 2, which has no link now: refused, as the rule is strict",
      "Rule 4: everything → 1-1.2 (wan1-1_2)",
    ]);
  });
});

describe("a link's part", () => {
  it("in a column is its weight and share, or why it has none", () => {
    expect(shareText({ ...LINK, weight: 13, percent: 21.7 })).toBe("13 (22%)");
    expect(shareText({ ...LINK, weight: 0, percent: 0, tier: 2 })).toBe("standby");
    expect(shareText({ ...LINK, weight: 0, percent: 0, health: "probation" })).toBe("none");
  });

  it("in facts is what is out of the ordinary", () => {
    expect(rankFacts({ ...LINK, measured: null })).toEqual([]);
    expect(rankFacts({ ...LINK, tier: 2, byHand: ["weight", "tier"] })).toEqual([
      "tier 2",
      "weight and tier by hand",
      "carries 312 kB/s",
    ]);
  });

  it.each<[Partial<UplinkStatus>, string]>([
    [
      {},
      "It gets 25 % of the new connections. Its weight is auto: it follows what it was seen to carry, 312 kB a second.",
    ],
    [
      { measured: null },
      "It gets 25 % of the new connections. Its weight is auto: until it was seen how much it carries, it counts as an average link.",
    ],
    [
      { setWeight: 3, byHand: ["weight"] },
      "It gets 25 % of the new connections. Its weight is set to 3. A hand has set its weight, whatever the config says; `wanherd set 1-1.2 weight=config` undoes that.",
    ],
    [
      { setWeight: 3, weight: 0, tier: 2 },
      "It stands by in tier 2: it gets new connections as soon as no link of a tier above is good. Its weight is set to 3.",
    ],
    [
      { setWeight: 3, tier: 2 },
      "It gets 25 % of the new connections, for no link of a tier above its own (2) is good. Its weight is set to 3.",
    ],
  ])("in sentences, of %j", (change, sentences) => {
    expect(partSentences({ ...LINK, ...change })).toBe(sentences);
  });

  it.each(["joining", "draining", "suspect", "probation"] as const)("is explained when it is %s", (health) => {
    expect(partSentences({ ...LINK, weight: 0, health })).toMatch(/^It .{20,}\. Its weight is auto/);
  });
});
