import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePresent } from "../../../src/lan/present.ts";
import { foreignPorts, renderLan, renderRestore } from "../../../src/lan/render-lan.ts";
import type { DesiredLan } from "../../../src/lan/types.ts";

const LAN: DesiredLan = { bridge: "lan-br", address: "172.17.2.1/24", ports: ["eth1"] };
const MAC = "02:00:00:00:00:01";

/** As `ip -N -j -d -batch` has it. */
function link(ifname: string, more: object = {}, addresses: readonly [string, number, string?][] = []) {
  const addr_info = addresses.map(([local, prefixlen, protocol]) => ({ family: "inet", local, prefixlen, protocol }));
  return { ifindex: 3, ifname, flags: ["BROADCAST", "UP"], addr_info, ...more };
}
const bridge = (ifname: string, more: object = {}, addresses: readonly [string, number, string?][] = []) =>
  link(ifname, { linkinfo: { info_kind: "bridge" }, ...more }, addresses);

const OURS = bridge("lan-br", { ifalias: "wanherd" }, [["172.17.2.1", 24, "119"]]);
const PORT = link("eth1", { ifalias: "wanherd down my port", master: "lan-br" });
const EMPTY = link("eth1", { flags: [], ifalias: "my port" });

function present(links: readonly object[], defaults: readonly object[] = []) {
  return parsePresent(`${JSON.stringify(links)}\n${JSON.stringify(defaults)}\n`);
}

const render = (links: readonly object[], lan = LAN): string[] => renderLan(present(links), lan, MAC);

describe("the LAN", () => {
  it("is made where there is nothing, its port as soon as it is there", () => {
    expect(render([link("lo")])).toEqual([
      "link add name lan-br address 02:00:00:00:00:01 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
      "link set dev lan-br alias wanherd",
      "address add 172.17.2.1/24 brd + dev lan-br proto 119",
      "link set dev lan-br up",
    ]);
    expect(render([OURS, EMPTY])).toEqual([
      'link set dev eth1 alias "wanherd down my port"',
      "link set dev eth1 master lan-br up",
    ]);
  });

  it("that is there, made by us before or by others, is left as it is", () => {
    expect(render([OURS, PORT])).toEqual([]);
    expect(render([bridge("lan-br", {}, [["172.17.2.1", 24]])])).toEqual([]);
  });

  it("in a bridge of others gets what it lacks, and only that is taken out again", () => {
    const theirs = bridge("lan-br", { flags: [] }, [["10.9.0.1", 16]]);
    expect(render([theirs])).toEqual([
      "address add 172.17.2.1/24 brd + dev lan-br proto 119",
      "link set dev lan-br up",
    ]);
    const after = bridge("lan-br", {}, [
      ["10.9.0.1", 16],
      ["172.17.2.1", 24, "119"],
    ]);
    expect(renderRestore(present([after, PORT]))).toEqual([
      "address del 172.17.2.1/24 dev lan-br",
      "link set dev eth1 nomaster",
      "link set dev eth1 down",
      'link set dev eth1 alias "my port"',
    ]);
  });

  it("with another address or name leaves nothing of the old one", () => {
    expect(render([OURS, PORT], { ...LAN, address: "10.5.0.1/16", ports: [] })).toEqual([
      "link set dev eth1 nomaster",
      "link set dev eth1 down",
      'link set dev eth1 alias "my port"',
      "address del 172.17.2.1/24 dev lan-br",
      "address add 10.5.0.1/16 brd + dev lan-br proto 119",
    ]);
    expect(render([OURS], { ...LAN, bridge: "br1" })[0]).toBe("link del dev lan-br");
  });

  it("takes its port in again, still knowing how it was, when somebody has deleted the bridge", () => {
    expect(render([{ ...PORT, master: undefined }]).at(-1)).toBe("link set dev eth1 master lan-br up");
    expect(render([{ ...PORT, master: undefined }]).join()).not.toContain("alias wanherd up");
  });

  it("leaves a port that another bridge has, and tells of it", () => {
    const theirs = [OURS, bridge("docker0"), link("eth1", { master: "docker0" })];
    expect(render(theirs)).toEqual([]);
    expect(foreignPorts(present(theirs), LAN)).toEqual(["eth1"]);
    expect(foreignPorts(present([OURS, PORT]), LAN)).toEqual([]);
  });

  it("is refused where it overlaps an uplink, and only there", () => {
    const wired = link("eth0", {}, [["172.17.9.7", 16]]);
    expect(() => renderLan(present([wired], [{ dst: "default", dev: "eth0" }]), LAN, MAC)).toThrow(
      /172\.17\.2\.1\/24 overlaps 172\.17\.9\.7\/16 of the uplink eth0/,
    );
    const hops = [{ dst: "default", nexthops: [{ dev: "eth0" }] }];
    expect(() => renderLan(present([wired], hops), LAN, MAC)).toThrow(/overlaps/);
    expect(renderLan(present([wired]), LAN, MAC)).toHaveLength(4);
  });

  it("is refused where the name is no bridge's", () => {
    expect(() => render([link("lan-br")])).toThrow(/is no bridge/);
  });

  it("an alias that could not be quoted is not kept", () => {
    expect(render([OURS, link("eth1", { ifalias: 'a" up\nlink del dev eth0' })])[0]).toBe(
      'link set dev eth1 alias "wanherd up"',
    );
  });

  it("whatever names and addresses are there or wanted, each line is one of these few", () => {
    const name = fc.oneof(fc.constantFrom("eth1", "lan-br", "br1"), fc.string());
    const links = fc.array(
      fc.record({
        ifname: name,
        flags: fc.constantFrom(["UP"], []),
        ifalias: fc.oneof(fc.constantFrom("wanherd", "wanherd up", "wanherd down x"), fc.string()),
        master: fc.option(name, { nil: undefined }),
        linkinfo: fc.constantFrom({ info_kind: "bridge" }, {}),
        addr_info: fc.array(
          fc.record({
            local: fc.oneof(fc.ipV4(), fc.string()),
            prefixlen: fc.nat(32),
            protocol: fc.constantFrom("119", "0"),
          }),
        ),
      }),
    );
    const lan = fc.record({
      bridge: name,
      address: fc.oneof(fc.constant("10.0.0.1/24"), fc.string()),
      ports: fc.array(name),
    });
    const line =
      /^(?:link (?:add name [\w.-]{1,15} address [0-9a-f:]{17} type bridge [a-z_ 0]+|del dev [\w.-]{1,15}|set dev [\w.-]{1,15} (?:up|down|nomaster|master [\w.-]{1,15} up|alias wanherd|alias "[\w .:-]*"))|address (?:add|del) [\d./]+ (?:brd \+ )?dev [\w.-]{1,15}(?: proto 119)?)$/;
    fc.assert(
      fc.property(links, lan, (some, wanted) => {
        for (const text of renderRestore(present(some))) expect(text).toMatch(line);
        let lines: string[] = [];
        try {
          lines = renderLan(present(some), wanted, MAC);
        } catch (error) {
          expect((error as Error).message).toMatch(/no sound LAN|no bridge/);
        }
        for (const text of lines) expect(text).toMatch(line);
      }),
    );
  });
});
