import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderConfig, renderServers } from "../../../src/resolver/render.ts";
import { renderResolvConf } from "../../../src/resolver/resolv-conf.ts";
import type { ResolverSettings } from "../../../src/resolver/types.ts";

const golden = (name: string): string => readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8");
const PATHS = { servers: "/run/wanherd/name-servers", leases: "/var/lib/wanherd/dhcp-leases" };
const NAMES_ONLY: ResolverSettings = { enabled: true, names: true, dhcp: null, lan: "lan-br" };
const DHCP = { from: "172.17.2.100", to: "172.17.2.150", lease: "1h", address: "172.17.2.1/24" };

describe("the texts of the resolver", () => {
  it("dnsmasq's configuration is golden/dnsmasq.conf", () => {
    expect(renderConfig(NAMES_ONLY, PATHS)).toBe(golden("dnsmasq.conf"));
  });

  it("with addresses for the LAN it is golden/dnsmasq-dhcp.conf, without names golden/dnsmasq-dhcp-only.conf", () => {
    expect(renderConfig({ ...NAMES_ONLY, dhcp: DHCP }, PATHS)).toBe(golden("dnsmasq-dhcp.conf"));
    expect(renderConfig({ ...NAMES_ONLY, names: false, dhcp: DHCP }, PATHS)).toBe(golden("dnsmasq-dhcp-only.conf"));
  });

  it.each([
    [8, "255.0.0.0"],
    [20, "255.255.240.0"],
    [24, "255.255.255.0"],
    [30, "255.255.255.252"],
  ])("a prefix of %d is the netmask %s", (prefix, mask) => {
    const text = renderConfig({ ...NAMES_ONLY, dhcp: { ...DHCP, address: `10.0.0.1/${prefix}` } }, PATHS);
    expect(text).toContain(`,${mask},1h\n`);
  });

  it("whatever the addresses are, no line is more or other, or they are refused", () => {
    const keys = renderConfig({ ...NAMES_ONLY, dhcp: DHCP }, PATHS).replace(/=.*/g, "");
    const text = fc.oneof(fc.constantFrom("10.0.0.1", "10.0.0.1/24", "1h", "9s"), fc.string(), fc.ipV4());
    fc.assert(
      fc.property(fc.record({ from: text, to: text, lease: text, address: text }), (dhcp) => {
        let rendered: string;
        try {
          rendered = renderConfig({ ...NAMES_ONLY, dhcp }, PATHS);
        } catch (error) {
          expect((error as Error).message).toMatch(/no sound addresses/);
          return;
        }
        expect(rendered.replace(/=.*/g, "")).toBe(keys);
      }),
    );
  });

  it("announces the LAN's IPv6 network where the kernel has IPv6", () => {
    const text = renderConfig({ ...NAMES_ONLY, ipv6: true }, PATHS);
    const more = ["enable-ra", "dhcp-range=::,constructor:lan-br,ra-only,1h", "dhcp-option=option6:dns-server", ""];
    expect(text).toBe(`${golden("dnsmasq.conf")}${more.join("\n")}`);
  });

  it("resolv.conf is golden/resolv.conf for one of systemd-resolved with options and more servers than glibc reads", () => {
    const before = [
      "# This is /run/systemd/resolve/stub-resolv.conf",
      "nameserver 127.0.0.53",
      "nameserver 127.0.0.1",
      "nameserver not-an-address",
      "nameserver 2001:db8::53",
      "nameserver 192.0.2.53",
      "options edns0 rotate",
      "search home.example",
    ].join("\n");
    expect(renderResolvConf(before, "/etc/resolv.conf.before-wanherd")).toBe(golden("resolv.conf"));
  });

  it("each link's name servers are asked over that link, at most two of them", () => {
    const links = [
      { interface: "wan1-1", addresses: ["10.0.0.1", "10.0.0.1", "10.0.0.2"] },
      { interface: "wan1-2", addresses: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] },
    ];
    expect(renderServers(links, ["9.9.9.9"])).toBe(
      "server=10.0.0.1@wan1-1\nserver=10.0.0.1@wan1-2\nserver=10.0.0.2@wan1-2\n",
    );
    expect(renderServers([], ["9.9.9.9"])).toBe("");
  });

  it("where a network names nobody, or what sticks name then, the config's are asked", () => {
    const links = [
      { interface: "wan1-1", addresses: [] },
      { interface: "wan1-2", addresses: ["10.11.12.13", "10.11.12.14"] },
      { interface: "wan1-3", addresses: ["0.0.0.0", "127.0.0.1"] },
    ];
    expect(renderServers(links, ["9.9.9.9"])).toBe(
      "server=9.9.9.9@wan1-1\nserver=9.9.9.9@wan1-2\nserver=9.9.9.9@wan1-3\n",
    );
  });

  it("whatever a network names, each line is one server on one interface", () => {
    const links = fc.array(
      fc.record({ interface: fc.string(), addresses: fc.array(fc.oneof(fc.string(), fc.ipV4())) }),
    );
    fc.assert(
      fc.property(links, fc.array(fc.oneof(fc.string(), fc.ipV4())), (some, fallback) => {
        const text = renderServers(some, fallback);
        expect(text.replace(/^server=\d+\.\d+\.\d+\.\d+@[\w.-]{1,15}\n/gm, "")).toBe("");
      }),
    );
    expect(() => renderConfig({ ...NAMES_ONLY, lan: "a\nb" }, PATHS)).toThrow(/interface name/);
  });
});
