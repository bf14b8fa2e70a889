import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderConfig, renderServers } from "../../../src/resolver/render.ts";
import { renderResolvConf } from "../../../src/resolver/resolv-conf.ts";

const golden = (name: string): string => readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8");
const SERVERS = "/run/wanherd/name-servers";

describe("the texts of the resolver", () => {
  it("dnsmasq's configuration is golden/dnsmasq.conf", () => {
    expect(renderConfig({ enabled: true, lan: "lan-br" }, SERVERS)).toBe(golden("dnsmasq.conf"));
  });

  it("announces the LAN's IPv6 network where the kernel has IPv6", () => {
    const text = renderConfig({ enabled: true, lan: "lan-br", ipv6: true }, SERVERS);
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
    expect(() => renderConfig({ enabled: true, lan: "a\nb" }, SERVERS)).toThrow(/interface name/);
  });
});
