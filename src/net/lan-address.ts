import { writeFile } from "node:fs/promises";
import { execa } from "execa";
import { printable } from "../../machines/failure.ts";
import { programEnvironment, programResult } from "../process/program-result.ts";
import { hasIpv6Address } from "./ipv6-addresses.ts";
import { ipv6Part } from "./ipv6-part.ts";
import type { NetworkWatch } from "./network-watch.ts";
import type { DesiredNetwork } from "./types.ts";

/**
 * For so long after it has gone, answers still find the LAN's hosts: one that has not heard yet that there is no way would wait in
 * vain for its refusal. The kernel itself takes this route away then (ip-route(8), `expires`).
 */
const FAREWELL_SECONDS = 30;
const FAREWELL_METRIC = 1_024;
/** The interface has gone, and all of it with it; or what is to go has gone before. */
const HARMLESS = /Cannot find device|Cannot assign requested address|No such process/;

export interface LanAddressOptions {
  /** The LAN's network, e.g. `fd12:3456:789a::/64`. */
  readonly prefix: string;
  readonly watch: Pick<NetworkWatch, "watchInterface">;
  readonly notice: (text: string) => void;
  /** For tests. */
  readonly ip?: (args: readonly string[]) => Promise<string>;
  readonly has?: typeof hasIpv6Address;
  readonly becomeRouter?: (interfaceName: string) => Promise<void>;
}

/** The gateway's own IPv6 address in the LAN: while it is there, dnsmasq announces its network (dnsmasq(8), `constructor:`). */
export interface LanAddress {
  /**
   * There from the first link of the pool that has IPv6 until none has it; in between it stays, for connections that still go
   * over a link which gets no new ones. The LAN's interface may come later, and again.
   */
  follow(desired: DesiredNetwork): void;
  /** Takes it away for good: what follows an apply that was under way then changes nothing any more. Never rejects. */
  remove(): Promise<void>;
}

export function createLanAddress(options: LanAddressOptions): LanAddress {
  const { notice, ip = runIp, has = hasIpv6Address, becomeRouter = forwardFrom } = options;
  const address = options.prefix.replace("/64", "1");
  let endWatch: (() => void) | null = null;
  let lan: string | null = null;
  /** Where there may still be such a route. */
  let farewellTo: string | null = null;
  let isOver = false;
  let last: Promise<void> = Promise.resolve();

  function inTurn(job: () => Promise<void>): Promise<void> {
    last = last.then(job);
    return last;
  }

  async function tell(what: string, name: string, ...words: readonly string[]): Promise<void> {
    const refusal = await ip(["-6", ...words]);
    if (refusal !== "" && !HARMLESS.test(refusal)) notice(`${what} on ${name}: ${printable(refusal, 200)}`);
  }

  function setAddress(verb: "replace" | "del", name: string): Promise<void> {
    // No DAD: nobody else has this prefix, and a LAN without a host would never end it.
    const extra = verb === "replace" ? ["nodad"] : [];
    return tell("the LAN's IPv6 address", name, "address", verb, `${address}/64`, "dev", name, ...extra);
  }

  function setFarewell(verb: "replace" | "del", name: string): Promise<void> {
    const extra = verb === "replace" ? ["expires", `${FAREWELL_SECONDS}`] : [];
    const route = [options.prefix, "dev", name, "metric", `${FAREWELL_METRIC}`];
    return tell("the way to the LAN's hosts", name, "route", verb, ...route, ...extra);
  }

  async function put(name: string): Promise<void> {
    if (name !== lan || (await has(name, address))) return;
    await becomeRouter(name);
    await setAddress("replace", name);
  }

  async function take(name: string): Promise<void> {
    if (!(await has(name, address))) return;
    farewellTo = name;
    await setFarewell("replace", name);
    await setAddress("del", name);
  }

  function leave(): void {
    endWatch?.();
    endWatch = null;
    lan = null;
  }

  return {
    follow(desired) {
      if (isOver) return;
      const ipv6 = ipv6Part(desired);
      const offered = (ipv6?.pick.length ?? 0) > 0;
      const before = lan;
      const wanted = offered || (before !== null && (ipv6?.uplinks.length ?? 0) > 0) ? desired.lan : null;
      if (wanted === before) {
        // What an earlier agent left.
        if (wanted === null) void inTurn(() => take(desired.lan));
        return;
      }
      leave();
      if (before !== null) void inTurn(() => take(before));
      if (wanted === null) return;
      lan = wanted;
      endWatch = options.watch.watchInterface(wanted, () => void inTurn(() => put(wanted)));
    },
    remove() {
      const before = lan;
      isOver = true;
      leave();
      return inTurn(async () => {
        if (before !== null && (await has(before, address))) await setAddress("del", before);
        if (farewellTo !== null) await setFarewell("del", farewellTo);
      });
    },
  };
}

/** Hosts keep no default route to a neighbour that says it is no router (RFC 4861, 7.2.5). Goes with `all.forwarding`. */
async function forwardFrom(name: string): Promise<void> {
  await writeFile(`/proc/sys/net/ipv6/conf/${name}/forwarding`, "1").catch(() => undefined);
}

/** Runs ip(8); resolves with what it complained about. */
async function runIp(args: readonly string[]): Promise<string> {
  const end = await execa("ip", args, {
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    stdin: "ignore",
    stdout: "ignore",
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  const { exitCode, stderr } = programResult("ip", end);
  return exitCode === 0 ? "" : stderr.trim() || `ip ended with ${exitCode ?? "a signal"}`;
}
