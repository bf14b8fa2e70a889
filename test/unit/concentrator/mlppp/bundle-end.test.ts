import { describe, expect, it } from "vitest";
import { BundleEnd } from "../../../../src/concentrator/mlppp/bundle-end.ts";
import { renderFirewall, renderSecrets } from "../../../../src/concentrator/mlppp/render.ts";
import { fakeLinks } from "../../bundle/mlppp/fake-links.ts";

const bundle = "0".repeat(16);
const other = "1".repeat(16);
const join = (name: string) => ({ type: "join", bundle: name, speed: 960, pace: null }) as const;

function setUp() {
  const links = fakeLinks();
  return {
    end: new BundleEnd({ secrets: "/x", tell: () => {}, made: () => {}, run: links.run }),
    started: links.started,
  };
}

describe("the concentrator's end of a bundle", () => {
  it("waits for each member that was announced", async () => {
    const { end, started } = setUp();
    expect(await end.announced(1, join(bundle))).toBe("ok");
    expect(await end.announced(3, join(bundle))).toBe("ok");
    expect(started.map(({ args }) => args.join(" ").match(/bind=\S+?,/)?.[0])).toEqual([
      "bind=169.254.119.111,",
      "bind=169.254.119.113,",
    ]);
  });

  it("ends what a member has left of its last call before it waits for the next", async () => {
    const { end, started } = setUp();
    await end.announced(1, join(bundle));
    started[0]?.up(true);
    await end.announced(2, join(bundle));
    started[1]?.up();
    await end.announced(2, join(bundle));
    expect(started[1]?.ended).toBe(true);
    // The first one's process holds the bundle: only its link ends.
    await end.announced(1, join(bundle));
    expect(started[0]).toMatchObject({ hangUps: 1, ended: false });
  });

  it("ends all when the gateway begins another bundle, and knows the old one no more", async () => {
    const { end, started } = setUp();
    await end.announced(1, join(bundle));
    await end.announced(2, join(bundle));
    expect(await end.announced(1, join(other))).toBe("ok");
    expect(started.slice(0, 2).every(({ ended }) => ended)).toBe(true);
    expect(await end.announced(2, join(bundle))).toBe("gone");
    expect(started[2]?.ended).toBe(false);
  });

  it("ends with the process that holds it", async () => {
    const { end, started } = setUp();
    await end.announced(1, join(bundle));
    await end.announced(2, join(bundle));
    started[0]?.up(true);
    started[1]?.up();
    started[0]?.down();
    started[0]?.exit();
    expect(await end.announced(2, join(bundle))).toBe("gone");
    expect(started[1]?.ended).toBe(true);
  });

  it("drops a member whose link is gone at the gateway, of its own bundle only", async () => {
    const { end, started } = setUp();
    await end.announced(1, join(bundle));
    await end.announced(2, { type: "leave", bundle: other, member: 1 });
    expect(started[0]?.hangUps).toBe(0);
    await end.announced(2, { type: "leave", bundle, member: 1 });
    expect(started[0]?.hangUps).toBe(1);
  });

  it("leaves no process", async () => {
    const { end, started } = setUp();
    for (const member of [1, 2, 3]) await end.announced(member, join(bundle));
    await end.close();
    expect(started.every(({ ended }) => ended)).toBe(true);
  });
});

describe("the concentrator's table and secrets", () => {
  it("let nothing in but what the bundle needs", () => {
    expect(renderFirewall()).toMatchInlineSnapshot(`
      "add table inet wanherd_mlppp
      delete table inet wanherd_mlppp
      table inet wanherd_mlppp {
      	chain input {
      		type filter hook input priority filter; policy accept;
      		iifname "wanbundlewg" tcp flags syn reset tcp option timestamp
      		iifname "wanbundlewg" tcp dport { 7121, 7122 } accept
      		iifname "wanbundlewg" udp dport 7118 accept
      		iifname "wanbundle" ip saddr 172.31.119.2 ip daddr 172.31.119.1 tcp dport 7118 accept
      		iifname "wanbundle" ip saddr 172.31.119.2 icmp type echo-request accept
      		iifname { "wanbundlewg", "wanbundle" } ct state established,related accept
      		iifname { "wanbundlewg", "wanbundle" } drop
      		iifname != "lo" ip daddr { 169.254.119.0/24, 172.31.119.0/24 } drop
      	}
      	chain forward {
      		type filter hook forward priority filter; policy accept;
      		iifname "wanbundlewg" drop
      		oifname "wanbundlewg" drop
      		iifname "wanbundle" tcp flags syn reset tcp option timestamp
      		oifname "wanbundle" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
      		iifname "wanbundle" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
      		oifname "wanbundle" ct state established,related accept
      		oifname "wanbundle" drop
      		iifname "wanbundle" ip saddr != 172.31.119.2 drop
      		iifname "wanbundle" ip daddr { 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 } reject with icmpx admin-prohibited
      	}
      	chain postrouting {
      		type nat hook postrouting priority srcnat; policy accept;
      		ip saddr 172.31.119.2 oifname != "wanbundle" masquerade
      	}
      }
      "
    `);
  });

  it("are for one gateway, at one address", () => {
    expect(renderSecrets("s")).toBe('gateway concentrator "s" 172.31.119.2\n');
  });
});
