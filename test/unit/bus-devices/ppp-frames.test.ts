import { describe, expect, it } from "vitest";
import { framesWithout, IPCP } from "../../bus/carriers/ppp-frames.ts";

const LCP = "7eff7d23c0217d217d217d207d2a7e";
const IPCP_PLAIN = "7eff0380210101000a7e";
const IPCP_ESCAPED = "7eff7d2380217d217d217d207d2a7e";
const IPCP_SHORT = "7e80210101000a7e";
const DATA_SHORT = "7e21450000147e";

const pass = (...chunks: string[]): string => {
  const filter = framesWithout(IPCP);
  return chunks.map((chunk) => filter(Buffer.from(chunk, "hex")).toString("hex")).join("");
};

describe("PPP without one of its protocols", () => {
  it.each([
    ["plain", IPCP_PLAIN],
    ["with its control characters escaped", IPCP_ESCAPED],
    ["without address and control", IPCP_SHORT],
  ])("loses a frame of that protocol, %s, and none of the others", (_, frame) => {
    expect(pass(LCP + frame + DATA_SHORT)).toBe(LCP + DATA_SHORT);
  });

  it("puts frames together that come in pieces", () => {
    for (let cut = 2; cut < IPCP_ESCAPED.length; cut += 2) {
      const text = IPCP_ESCAPED + LCP;
      expect(pass(text.slice(0, cut), text.slice(cut))).toBe(LCP);
    }
  });
});
