import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { blockText, ForwardNotices, mendForBlock, parseForwardBlocks } from "../../../src/firewall/forward-blocks.ts";

const base = { handle: 1, type: "filter", hook: "forward", prio: 0 };
const listing = (...chains: readonly object[]): string =>
  JSON.stringify({ nftables: [{ metainfo: { version: "1.1.3" } }, ...chains.map((chain) => ({ chain }))] });

/** As Docker leaves it, by iptables-nft. */
const DOCKER = listing(
  { family: "ip", table: "filter", name: "DOCKER-USER", handle: 2 },
  { ...base, family: "ip", table: "filter", name: "FORWARD", policy: "drop" },
  { ...base, family: "inet", table: "wanherd", name: "forward", policy: "accept" },
  { ...base, family: "ip6", table: "filter", name: "FORWARD", policy: "drop" },
);
const docker = { family: "ip", table: "filter", chain: "FORWARD", isDocker: true } as const;
const other = { family: "inet", table: "fw", chain: "fwd", isDocker: false } as const;

describe("other firewalls in the way of the LAN", () => {
  it("are base chains for forwarding whose policy is to drop", () => {
    expect(parseForwardBlocks(DOCKER)).toEqual([docker]);
    const chain = { ...base, family: "inet", table: "fw", name: "fwd" };
    expect(parseForwardBlocks(listing({ ...chain, policy: "drop" }))).toEqual([other]);
    expect(parseForwardBlocks(listing({ ...chain, policy: "accept" }))).toEqual([]);
    expect(parseForwardBlocks(listing({ ...chain, policy: "drop", hook: "input" }))).toEqual([]);
    expect(parseForwardBlocks(listing({ ...chain, policy: "drop", name: "x; reboot" }))).toEqual([]);
  });

  it("are read from any JSON, and from nothing else", () => {
    fc.assert(fc.property(fc.json(), (json) => void expect(Array.isArray(parseForwardBlocks(json))).toBe(true)));
    expect(() => parseForwardBlocks("table ip filter {")).toThrow(SyntaxError);
  });

  it("are told of with the line that mends it", () => {
    expect(blockText(docker, "lan-br")).toBe(
      "Docker's firewall (table ip filter, chain FORWARD, policy drop) drops what lan-br's clients send to the links",
    );
    expect(mendForBlock(docker, "lan-br")).toBe(
      "iptables -I DOCKER-USER -i lan-br -j ACCEPT && " +
        "iptables -I DOCKER-USER -o lan-br -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    );
    expect(mendForBlock(other, "lan-br")).toBe(
      "nft insert rule inet fw fwd iifname lan-br accept && " +
        "nft insert rule inet fw fwd oifname lan-br ct state established,related accept",
    );
  });

  it("are looked for at most once a minute, and each is told of once until it comes back", async () => {
    const find = vi.fn(async () => [other]);
    const tell = vi.fn();
    const notices = new ForwardNotices(tell, find);
    for (const second of [0, 1, 59, 61, 130]) await notices.look("lan-br", second * 1_000);
    expect([find.mock.calls.length, tell.mock.calls.length]).toEqual([3, 1]);
    find.mockResolvedValueOnce([]);
    await notices.look("lan-br", 200_000);
    await notices.look("lan-br", 300_000);
    expect(tell).toHaveBeenCalledTimes(2);
  });
});
