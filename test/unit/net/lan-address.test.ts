import { beforeEach, describe, expect, it } from "vitest";
import { createLanAddress, type LanAddress } from "../../../src/net/lan-address.ts";
import { network, withIpv6 } from "./uplinks.ts";

const PREFIX = "fd00:db8::/64";

let told: string[];
let notices: string[];
let held: Set<string>;
/** Where hosts are still found without it. */
let ways: Set<string>;
let refusal: string;
/** Whoever is to be told of changes of an interface, by its name. */
let listeners: Map<string, () => void>;
let address: LanAddress;

beforeEach(() => {
  [told, notices, held, ways, refusal, listeners] = [[], [], new Set(), new Set(), "", new Map()];
  address = createLanAddress({
    prefix: PREFIX,
    notice: (text) => void notices.push(text),
    watch: {
      watchInterface(name, changed) {
        listeners.set(name, changed);
        return () => listeners.delete(name);
      },
    },
    ip: async ([, what = "", verb = "", cidr = "", , name = ""]) => {
      told.push(`${verb} ${cidr} ${name}`);
      if (refusal === "") (what === "address" ? held : ways)[verb === "del" ? "delete" : "add"](name);
      return refusal;
    },
    has: async (name) => held.has(name),
    becomeRouter: async () => {},
  });
});

async function changed(name = "lan-br"): Promise<string[]> {
  listeners.get(name)?.();
  await new Promise((resolve) => setImmediate(resolve));
  return told.splice(0);
}

describe("the gateway's IPv6 address in the LAN", () => {
  it("comes with the first link that has IPv6, and goes with the last", async () => {
    address.follow(network([1]));
    expect(await changed()).toEqual([]);
    address.follow(withIpv6([1], [1]));
    expect(await changed()).toEqual(["replace fd00:db8::1/64 lan-br"]);
    address.follow(withIpv6([1, 1], [1, 2]));
    expect(await changed()).toEqual([]);
    address.follow(withIpv6([1], []));
    expect(await changed()).toEqual(["replace fd00:db8::/64 lan-br", "del fd00:db8::1/64 lan-br"]);
    expect(listeners.size).toBe(0);
  });

  it("leaves a way to hosts that are yet to be told, but not at the end", async () => {
    address.follow(withIpv6([1], [1]));
    await changed();
    address.follow(network([1]));
    await changed();
    expect([...held, ...ways]).toEqual(["lan-br"]);
    await address.remove();
    expect([...held, ...ways]).toEqual([]);
    expect(notices).toEqual([]);
  });

  it("stays while a link with IPv6 only keeps what it has, but does not come with it", async () => {
    address.follow(withIpv6([0, 1], [1]));
    expect(await changed()).toEqual([]);
    address.follow(withIpv6([1, 1], [1]));
    await changed();
    address.follow(withIpv6([0, 1], [1]));
    expect(await changed()).toEqual([]);
    expect(held.size).toBe(1);
  });

  it("is given anew to a LAN that came late or again, and moves to another one", async () => {
    address.follow(withIpv6([1], [1]));
    refusal = 'Cannot find device "lan-br"';
    expect(await changed()).toHaveLength(1);
    refusal = "";
    expect(await changed()).toHaveLength(1);
    held.clear();
    expect(await changed()).toHaveLength(1);
    address.follow({ ...withIpv6([1], [1]), lan: "lan1" });
    expect(await changed("lan1")).toEqual([
      "replace fd00:db8::/64 lan-br",
      "del fd00:db8::1/64 lan-br",
      "replace fd00:db8::1/64 lan1",
    ]);
    expect(notices).toEqual([]);
  });

  it("of a killed agent goes when no link has IPv6, ours at the end; what is refused is told", async () => {
    held.add("lan-br");
    address.follow(network([1]));
    expect(await changed()).toEqual(["replace fd00:db8::/64 lan-br", "del fd00:db8::1/64 lan-br"]);
    address.follow(withIpv6([1], [1]));
    refusal = "RTNETLINK answers: Permission denied";
    await changed();
    expect(notices).toEqual([expect.stringContaining("Permission denied")]);
    refusal = "";
    await changed();
    await address.remove();
    expect([...held, ...ways, ...listeners.keys()]).toEqual([]);
  });

  it("does not come again after the end, by an apply that was under way", async () => {
    address.follow(withIpv6([1], [1]));
    await changed();
    await address.remove();
    address.follow(withIpv6([1], [1]));
    expect(await changed()).toEqual(["del fd00:db8::1/64 lan-br"]);
    expect([...held, ...listeners.keys()]).toEqual([]);
  });
});
