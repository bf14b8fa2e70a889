import { describe, expect, it } from "vitest";
import { BUNDLE_MTU, gatewayAddressOf, memberOfAddress } from "../../../../src/bundle/mlppp/addresses.ts";
import { concentratorKeys, memberKeys } from "../../../../src/bundle/mlppp/keys.ts";
import { concentratorOptions, gatewayOptions } from "../../../../src/bundle/mlppp/pppd-options.ts";
import { believedRate, isWorthARedial, speedOf } from "../../../../src/bundle/mlppp/speeds.ts";
import { concentratorConfig, memberConfig } from "../../../../src/bundle/mlppp/wireguard-config.ts";

const key = "A".repeat(43);
const bundle = "00112233445566aa";

describe("what WireGuard is given", () => {
  it("is one peer for a member at the gateway, sent out by its link's mark", () => {
    expect(
      memberConfig({ key, member: 2, mark: 0x200, concentrator: "198.51.100.9", port: 7120, there: "169.254.119.112" }),
    ).toBe(`[Interface]
PrivateKey = ${memberKeys(key, 2).privateKey}
FwMark = 0x200
[Peer]
PublicKey = ij4pHl4TNP2jxmmxtlsBKdz2xLZfMqokll0faXBKhxs=
AllowedIPs = 169.254.119.112/32
Endpoint = 198.51.100.9:7120
PersistentKeepalive = 25
`);
  });

  it("is a peer for each of eight members at the concentrator, none of which may send as another", () => {
    const text = concentratorConfig(key, 7120);
    expect(text.match(/AllowedIPs = .*/g)).toEqual(
      [11, 12, 13, 14, 15, 16, 17, 18].map((last) => `AllowedIPs = 169.254.119.${last}/32`),
    );
    expect(new Set(text.match(/PublicKey = .*/g)).size).toBe(8);
    expect(text).toContain("ListenPort = 7120\n");
  });

  it("are keys as wg derives them", () => {
    // `wg pubkey` of the private key.
    expect(concentratorKeys(key)).toEqual({
      privateKey: "SFE0qNRoBCBjhLfr6qUraxSjD1QXstUJYAPeRaFSFVE=",
      publicKey: "ij4pHl4TNP2jxmmxtlsBKdz2xLZfMqokll0faXBKhxs=",
    });
  });
});

describe("what pppd is given", () => {
  it("at the gateway", () => {
    const options = {
      member: 2,
      bundle,
      speed: { speed: 960, pace: null },
    };
    expect(gatewayOptions(options).join("\n")).toMatchInlineSnapshot(`
      "pty
      exec socat -b 1380 - TCP:169.254.119.112:7122,bind=169.254.119.12,connect-timeout=10,retry=40,interval=0.25,nodelay,setsockopt-int=6:25:2048
      960
      nodetach
      logfd
      2
      nolock
      local
      nopersist
      maxfail
      1
      multilink
      mpshortseq
      mrru
      1490
      mtu
      1490
      mru
      1500
      endpoint
      local:02.00.11.22.33.44.55.66.aa
      bundle
      00112233445566aa
      ifname
      wanbundle
      nodefaultroute
      ip-pre-up-script
      /nonexistent
      ip-up-script
      /nonexistent
      ip-down-script
      /nonexistent
      noipv6
      noccp
      novj
      asyncmap
      0
      lcp-restart
      1
      lcp-max-configure
      15
      lcp-max-terminate
      1
      ipcp-restart
      1
      lcp-echo-interval
      5
      lcp-echo-failure
      4
      noauth
      noipdefault
      ipcp-accept-local
      ipcp-accept-remote
      172.31.119.2:172.31.119.1
      refuse-pap
      refuse-eap
      refuse-mschap
      refuse-mschap-v2
      user
      gateway
      remotename
      concentrator
      hide-password
      plugin
      passwordfd.so
      passwordfd
      3"
    `);
  });

  it("at the concentrator", () => {
    const options = { member: 2, bundle, speed: { speed: 960, pace: 109_200 }, secrets: "/run/x/chap-secrets" };
    expect(concentratorOptions(options).join("\n")).toMatchInlineSnapshot(`
      "pty
      exec socat -b 1380 - TCP-LISTEN:7122,bind=169.254.119.112,range=169.254.119.12/32,accept-timeout=15,reuseaddr,nodelay,setsockopt-int=6:25:2048,setsockopt-int=1:47:109200
      960
      nodetach
      logfd
      2
      nolock
      local
      nopersist
      maxfail
      1
      multilink
      mpshortseq
      mrru
      1490
      mtu
      1490
      mru
      1500
      endpoint
      local:01.00.11.22.33.44.55.66.aa
      bundle
      00112233445566aa
      ifname
      wanbundle
      nodefaultroute
      ip-pre-up-script
      /nonexistent
      ip-up-script
      /nonexistent
      ip-down-script
      /nonexistent
      noipv6
      noccp
      novj
      asyncmap
      0
      lcp-restart
      1
      lcp-max-configure
      15
      lcp-max-terminate
      1
      ipcp-restart
      1
      lcp-echo-interval
      5
      lcp-echo-failure
      4
      name
      concentrator
      require-chap
      chap-secrets
      /run/x/chap-secrets
      172.31.119.1:172.31.119.2
      noproxyarp"
    `);
  });

  it("never holds a secret", () => {
    const options = { member: 1, bundle, speed: { speed: 960, pace: null }, echoFile: "/x" };
    const all = [...gatewayOptions(options), ...concentratorOptions({ ...options, secrets: "/y" })].join(" ");
    for (const member of [1, 2]) expect(all).not.toContain(memberKeys(key, member).privateKey);
  });

  it("lets a whole packet into one frame of the kernel's asynchronous PPP", () => {
    // 1500 bytes a frame, of which multilink's header takes four and the packet's protocol number at most two.
    expect(BUNDLE_MTU + 2 + 4).toBeLessThanOrEqual(1_500);
  });
});

describe("a member's speed", () => {
  it("is its link's rate as a line speed, within what the kernel can add up", () => {
    expect(speedOf(120_000)).toEqual({ speed: 960, pace: 109_654 });
    expect(speedOf(null)).toEqual({ speed: 800, pace: null });
    expect(speedOf(1).speed).toBe(8);
    expect(8 * 8 * speedOf(1e12).speed).toBeLessThan(2 ** 31);
  });

  it("follows what its link has shown before where the measurement falls a little short of it, and the measurement where it falls far short", () => {
    expect(believedRate(270_000, 305_000)).toBe(305_000);
    expect(believedRate(250_000, 305_000)).toBe(250_000);
    expect(believedRate(320_000, 305_000)).toBe(320_000);
    expect(believedRate(320_000, null)).toBe(320_000);
  });

  it("is changed for a fifth, and when it first becomes known", () => {
    expect(isWorthARedial(speedOf(120_000), speedOf(130_000))).toBe(false);
    expect(isWorthARedial(speedOf(120_000), speedOf(90_000))).toBe(true);
    expect(isWorthARedial(speedOf(null), speedOf(100_000))).toBe(true);
  });
});

describe("a member's address", () => {
  it("says which member it is, and nothing else does", () => {
    for (let member = 1; member <= 8; member++) expect(memberOfAddress(gatewayAddressOf(member))).toBe(member);
    expect(memberOfAddress("::ffff:169.254.119.13")).toBe(3);
    for (const other of ["169.254.119.10", "169.254.119.19", "169.254.119.111", "1169.254.119.11", ""])
      expect(memberOfAddress(other)).toBeNull();
  });
});
