import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWorthWaitingFor, parseConnection } from "../../../src/net/open-connections.ts";

/** As conntrack 1.4.8 printed them in a guest, but for the addresses. */
const WAY = "src=172.17.2.10 dst=198.18.0.1 sport=51264 dport=7000";
const BACK = "src=198.18.0.1 dst=10.64.1.2 sport=7000 dport=51264";
const ESTABLISHED = `tcp      6 431995 ESTABLISHED ${WAY} ${BACK} [ASSURED] mark=768 use=1`;
const UDP_STREAM = `udp      17 119 ${WAY} ${BACK} [ASSURED] mark=768 use=1`;

const UDP_TIMEOUT = 120;

function isWaitedFor(line: string): boolean {
  const connection = parseConnection(line);
  return connection !== null && isWorthWaitingFor(connection, UDP_TIMEOUT);
}

describe("a line of conntrack", () => {
  it("tells protocol, state and time to live", () => {
    expect(parseConnection(ESTABLISHED)).toEqual({
      protocol: "tcp",
      state: "ESTABLISHED",
      expiresIn: 431_995,
      assured: true,
    });
    expect(parseConnection(`udp      17 25 ${WAY} [UNREPLIED] ${BACK} mark=768 use=1`)).toEqual({
      protocol: "udp",
      state: null,
      expiresIn: 25,
      assured: false,
    });
  });

  it.each([
    "icmp     1 27 src=10.9.0.1 dst=10.9.0.2 type=8 code=0 id=240 src=10.9.0.2 dst=10.9.0.1 type=0 code=0 id=240 mark=768 use=1",
    "gre      47 29 src=10.9.0.1 dst=10.9.0.2 srckey=0x0 dstkey=0x0 [UNREPLIED] mark=768 use=1",
    " [UPDATE] tcp      6 120 FIN_WAIT src=10.9.0.1 dst=10.9.0.2 sport=51264 dport=7000 [ASSURED] mark=768",
    "conntrack v1.4.8 (conntrack-tools): 5 flow entries have been shown.",
    "",
  ])("is none of a TCP or UDP connection: %s", (line) => {
    expect(parseConnection(line)).toBeNull();
  });

  it("is never a reason to throw, whatever it holds", () => {
    const words = fc.constantFrom(
      "tcp",
      "udp",
      "6",
      "17",
      "ESTABLISHED",
      "src=",
      "[ASSURED]",
      "-1",
      "9".repeat(400),
      "\0",
    );
    const near = fc.array(fc.oneof(words, fc.string()), { maxLength: 12 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (line) => {
        const connection = parseConnection(line);
        if (connection !== null) expect(Number.isSafeInteger(connection.expiresIn)).toBe(true);
      }),
    );
  });
});

describe("worth waiting for", () => {
  it.each(["SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK"])("is TCP in %s", (state) => {
    expect(isWaitedFor(ESTABLISHED.replace("ESTABLISHED", state))).toBe(true);
  });

  it.each(["TIME_WAIT", "CLOSE"])("is not TCP in %s", (state) => {
    expect(isWaitedFor(ESTABLISHED.replace("ESTABLISHED", state))).toBe(false);
  });

  it("is UDP while it exchanges packets", () => {
    expect(isWaitedFor(UDP_STREAM)).toBe(true);
    expect(isWaitedFor(UDP_STREAM.replace("119", "111"))).toBe(true);
    expect(isWaitedFor(UDP_STREAM.replace("119", "109"))).toBe(false);
  });

  it("is not what a question and its answer leave behind", () => {
    expect(isWaitedFor(`udp      17 30 ${WAY} ${BACK} mark=768 use=1`)).toBe(false);
    expect(isWaitedFor(`udp      17 30 ${WAY} [UNREPLIED] ${BACK} mark=768 use=1`)).toBe(false);
  });
});
