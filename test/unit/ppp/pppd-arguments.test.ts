import { describe, expect, it } from "vitest";
import { parsePortPath } from "../../../src/hotplug/types.ts";
import { interfaceNameFor } from "../../../src/ppp/interface-name.ts";
import { pppdArguments } from "../../../src/ppp/pppd-arguments.ts";
import { parsePppdVersion } from "../../../src/ppp/pppd-version.ts";
import { strayPortFrom } from "../../../src/ppp/stray-pppd.ts";

const port = (text: string) => {
  const path = parsePortPath(text);
  if (path === null) throw new Error(`${text} is no port path`);
  return path;
};

const plan = {
  port: port("1-1.3"),
  tty: "/dev/wanherd/1-1.3/if03",
  interface: "wan1-1_3",
  username: "user name",
  ipv6: false,
  authentication: "auto",
  version: [2, 5, 2],
} as const;

describe("pppd's arguments", () => {
  it("are these", () => {
    expect(pppdArguments(plan).join("\n")).toMatchInlineSnapshot(`
      "/dev/wanherd/1-1.3/if03
      nodetach
      logfd
      2
      nolock
      nocrtscts
      modem
      connect
      echo ready >&3; read -r go <&4
      connect-delay
      100
      nopersist
      maxfail
      1
      ifname
      wan1-1_3
      linkname
      wanherd-1-1.3
      nodefaultroute
      ip-pre-up-script
      /nonexistent
      ip-up-script
      /nonexistent
      ip-down-script
      /nonexistent
      noauth
      noipdefault
      ipcp-accept-local
      ipcp-accept-remote
      usepeerdns
      noipv6
      noccp
      novj
      asyncmap
      0
      lcp-restart
      1
      lcp-max-configure
      15
      ipcp-restart
      1
      ipcp-max-configure
      15
      ipcp-max-failure
      30
      lcp-max-terminate
      1
      lcp-echo-interval
      1
      lcp-echo-failure
      0
      lcp-echo-adaptive
      lcp-rtt-file
      /run/wanherd/lcp-echo-wan1-1_3
      user
      user name
      hide-password
      plugin
      passwordfd.so
      passwordfd
      5"
    `);
  });

  it("ask for IPv6 only where the bearer carries it", () => {
    expect(pppdArguments({ ...plan, ipv6: true })).toContain("+ipv6");
    expect(pppdArguments({ ...plan, ipv6: true })).not.toContain("noipv6");
  });

  it.each([
    ["pppd version 2.4.9", [2, 4, 9], false],
    ["pppd version 2.5.2", [2, 5, 2], true],
    ["pppd version 2.6.0-dev", [2, 6, 0], true],
    ["no pppd at all", null, false],
  ] as const)("hold no option that %s does not know", (text, version, known) => {
    expect(parsePppdVersion(text)).toEqual(version);
    expect(pppdArguments({ ...plan, version }).includes("ip-pre-up-script")).toBe(known);
    expect(pppdArguments({ ...plan, version }).includes("lcp-rtt-file")).toBe(known);
  });

  it.each([
    [[2, 4, 9], 2],
    [[2, 5, 2], 0],
  ] as const)("let pppd %s print its packets only where it notes no echoes", (version, times) => {
    expect(pppdArguments({ ...plan, version }).filter((word) => word === "debug")).toHaveLength(times);
  });

  it.each([[[2, 4, 9]], [[2, 5, 2]]] as const)("never let pppd %s hang up a peer that answers no echo", (version) => {
    const args = pppdArguments({ ...plan, version });
    expect(args[args.indexOf("lcp-echo-failure") + 1]).toBe("0");
  });

  it("agree to one way of authentication only, where the config names one", () => {
    expect(pppdArguments({ ...plan, authentication: "pap" })).toContain("refuse-chap");
    expect(pppdArguments({ ...plan, authentication: "chap" })).toContain("refuse-pap");
    expect(pppdArguments(plan).filter((word) => word.startsWith("refuse-"))).toEqual([]);
  });

  it("let a later agent find the process again", () => {
    expect(strayPortFrom(["/usr/sbin/pppd", ...pppdArguments(plan), ""].join("\0"))).toBe("1-1.3");
  });

  it.each([
    ["another's pppd", "pppd\0/dev/ttyS0\0linkname\0office\0"],
    ["a pppd without a name", "/usr/sbin/pppd\0/dev/ttyS0\0"],
    ["an editor on our notes", "vi\0linkname\0wanherd-1-1.3\0"],
    ["a name that is no port path", "pppd\0linkname\0wanherd-../../x\0"],
    ["a kernel thread", ""],
  ])("are not seen in %s", (_name, commandLine) => {
    expect(strayPortFrom(commandLine)).toBeNull();
  });
});

describe("interface names", () => {
  it.each([
    ["1-1", "wan1-1"],
    ["1-1.3", "wan1-1_3"],
    ["2-1.4.2.1", "wan2-1_4_2_1"],
    ["1-1.2.3.4.5", "wan1-1_2_3_4_5"],
  ])("%s is %s", (path, name) => {
    expect(interfaceNameFor(port(path))).toBe(name);
  });

  it("stay short, apart and the same for deep ports", () => {
    const deep = interfaceNameFor(port("1-1.10.11.12.13"));
    expect(deep).toMatch(/^wan[0-9a-f]{12}$/);
    expect(interfaceNameFor(port("1-1.10.11.12.13"))).toBe(deep);
    expect(interfaceNameFor(port("1-1.10.11.12.14"))).not.toBe(deep);
  });
});
