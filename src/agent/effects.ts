import { existsSync } from "node:fs";
import type { AgentEffects } from "../../machines/agent/effects.ts";
import { failureFrom } from "../../machines/failure.ts";
import type { InterfaceEffects } from "../../machines/interface/effects.ts";
import type { ModemEffects } from "../../machines/modem/effects.ts";
import type { PortEffects } from "../../machines/port/effects.ts";
import type { AdoptedMember, UplinksEffects } from "../../machines/uplinks/effects.ts";
import { renderFileProblem } from "../config/file-problem.ts";
import type { Config, ModemConfigLookup, UplinkConfig } from "../config/types.ts";
import type { DecisionStore } from "../decisions/store.ts";
import { ForwardNotices } from "../firewall/forward-blocks.ts";
import type { PortPath } from "../hotplug/types.ts";
import { type HotplugWatch, watchHotplug } from "../hotplug/watch-hotplug.ts";
import type { Journal } from "../journal/types.ts";
import type { Capacities } from "../link/capacities.ts";
import type { LinkWatch } from "../link/link-watch.ts";
import type { Adoption } from "../modem/adoption.ts";
import { createModemEffects } from "../modem/modem-effects.ts";
import { watchConnections } from "../net/connection-watch.ts";
import { readIpv6Addresses, watchIpv6Addresses } from "../net/ipv6-addresses.ts";
import type { LanAddress } from "../net/lan-address.ts";
import type { NetworkWatch } from "../net/network-watch.ts";
import type { InterfaceId, NetworkReconciler, UplinkId } from "../net/types.ts";
import { readCondition, watchInterface } from "../net/watch-interface.ts";
import { operatorsOf } from "../operators/operators-of.ts";
import type { PowerWatch } from "../power/power-watch.ts";
import { interfaceNameFor } from "../ppp/interface-name.ts";
import { readPppdVersion } from "../ppp/pppd-version.ts";
import { isWifi } from "../radio/is-wifi.ts";
import { loadRuleBook } from "../rules/load-rule-book.ts";
import { modemDrivers } from "../rules/modem-drivers.ts";
import { cyclePortPower } from "../usb/port-power.ts";
import { resetDevice } from "../usb/reset-device.ts";
import { makeSwitchMode } from "../usb/switch-mode.ts";
import { poolCausePort, poolCauseText, poolText } from "./pool-text.ts";

const PPPD = "pppd";
const DRIFT_TOLD = 4;

type Tell = (text: string) => void;

export function agentEffects(options: {
  tell: Tell;
  power: PowerWatch;
  adoption: Adoption;
  settings: ModemConfigLookup;
  network: NetworkReconciler;
  config: () => Config;
  /** Finds what an earlier agent's access point left, and ends it where it is not wanted any more. */
  reclaimRadios: () => Promise<void>;
}): AgentEffects {
  const { tell, power, adoption, settings, network, config, reclaimRadios } = options;

  /** An interface that an earlier agent had in the pool is in it from the first on, or its connections would be cut. */
  async function adoptInterface(
    { interface: name, weight, tier, role }: UplinkConfig,
    slots: ReadonlyMap<string, number>,
  ): Promise<readonly AdoptedMember[]> {
    const slot = slots.get(name);
    const seen = slot === undefined ? null : await readCondition(name, lanInForce(config())).catch(() => null);
    if (slot === undefined || seen?.condition !== "ready") return [];
    const id = name as InterfaceId;
    return [{ member: { id, link: seen.link, rank: { weight, tier, role }, standing: "good" }, slot }];
  }

  return {
    async prepare() {
      // Nothing of it may keep links from being adopted.
      const reclaimed = reclaimRadios().catch((error: unknown) => tell(failureFrom(error).message));
      const [records] = await Promise.all([adoption.find(), reclaimed]);
      const { uplinks } = config();
      if (records.length === 0 && uplinks.length === 0) return [];
      const [slots, ipv6] = await Promise.all([network.slots(), readIpv6Addresses()]);
      const modems = records.map(({ port, link, facts }): AdoptedMember => {
        const { weight, tier, role } = settings(port, facts);
        const member = { id: port, link, rank: { weight, tier, role }, standing: "good" } as const;
        return { member, slot: slots.get(link.interface) ?? null, address6: ipv6[link.interface] };
      });
      const others = await Promise.all(uplinks.map((uplink) => adoptInterface(uplink, slots)));
      return [...modems, ...others.flat()];
    },
    abandon: () => adoption.abandon(),
    namedRadios() {
      const { enabled, interfaces } = config().accessPoint;
      return enabled ? (interfaces as readonly InterfaceId[]) : [];
    },
    watchHotplug(emit) {
      let watch: HotplugWatch | null = null;
      let over = false;
      watchHotplug({ notice: tell }, (event) => power.pass(event, emit)).then(
        (started) => {
          watch = started;
          if (over) void started.close();
        },
        (error: unknown) => tell(`devices cannot be watched: ${failureFrom(error).message}`),
      );
      return () => {
        over = true;
        void watch?.close();
      };
    },
  };
}

/** Reads the rules once; a file that does not parse is told of and skipped. */
export async function portEffects(options: {
  rulesFolder: string;
  settings: ModemConfigLookup;
  config: () => Config;
  decisions: DecisionStore;
  /** The slot that the pool has given to a port's link; null: none yet. */
  slotOf: (port: PortPath) => number | null;
  /** Whether that link has IPv6. */
  hasIpv6: (port: PortPath) => boolean;
  journal: Journal;
  tell: Tell;
}): Promise<PortEffects> {
  const { settings, config, decisions, slotOf, hasIpv6, journal, tell } = options;
  const { book, problems } = await loadRuleBook({ folder: options.rulesFolder });
  for (const problem of problems) tell(`rules skipped: ${renderFileProblem(problem)}`);
  return {
    rules: book,
    modemDrivers,
    switchMode: makeSwitchMode(),
    settings(port) {
      return {
        enabled: decisions.portEnabled(port) ?? settings(port, {}).enabled,
        drainMs: 1_000 * config().balancer.drainSeconds,
      };
    },
    radioEnabled: (port) => config().accessPoint.enabled && (decisions.portEnabled(port) ?? true),
    isWifi: (device) => isWifi(device),
    setEnabled: (port, enabled) => decisions.setPortEnabled(port, enabled),
    watchDrain: (port, emit) =>
      watchConnections({ slot: slotOf(port), ipv6: hasIpv6(port), notice: tell }, (event) => {
        if (event.type === "drain.counted") {
          journal.write({ port, topic: "network", text: `connections left: ${event.left}` });
        }
        emit(event);
      }),
    interfaceFor: interfaceNameFor,
  };
}

export async function modemEffects(options: {
  settings: ModemConfigLookup;
  adoption: Adoption;
  decisions: DecisionStore;
  journal: Journal;
  links: LinkWatch;
}): Promise<ModemEffects> {
  const { settings, adoption, decisions, journal, links } = options;
  return createModemEffects({
    settings,
    adoption,
    bearersFor: async (imsi) =>
      (await operatorsOf(imsi)).bearersFor({ imsi }).map(({ bearer, credentials }) => ({
        apn: bearer.apn,
        name: bearer.source,
        username: credentials?.username ?? null,
        password: credentials?.password ?? null,
      })),
    store: decisions,
    transcript: (port, { tty, direction, text, cause }) =>
      journal.write({
        port,
        topic: "at",
        text: `${direction === "to modem" ? "→" : "←"} ${text}`,
        data: { tty, ...(cause === null ? {} : { cause }) },
      }),
    notice: (port, text) => journal.write({ port, topic: "agent", text }),
    pppdLog: (port, line) => journal.write({ port, topic: "process", text: `pppd: ${line}` }),
    watchLink: (link, emit) => links.watch(link, emit),
    usb: { reset: (port) => resetDevice(port), cyclePower: cyclePortPower },
    programs: { pppd: PPPD, pppdVersion: await readPppdVersion(PPPD) },
  });
}

/** Whether any modem may get IPv6. */
export function asksForIpv6({ modems: { defaults, named } }: Config): boolean {
  return [defaults, ...Object.values(named)].some(({ ipType }) => ipType === "ipv4v6");
}

/** The first few phrases, as an entry of the journal is short. */
function driftText(drift: readonly string[]): string {
  const more = drift.length - DRIFT_TOLD;
  return `${drift.slice(0, DRIFT_TOLD).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

export function uplinksEffects(options: {
  network: NetworkReconciler;
  journal: Journal;
  config: () => Config;
  decisions: DecisionStore;
  capacities: Capacities;
  /** Links that the bundle carries more without. */
  aside: () => readonly UplinkId[];
  /** Null: the LAN is given no IPv6. */
  lan6: { readonly prefix: string; readonly address: LanAddress } | null;
}): UplinksEffects {
  const { network, journal, decisions, capacities, lan6 } = options;
  const tell = (text: string): void => journal.write({ port: null, topic: "agent", text });
  const forwarding = new ForwardNotices(tell);
  /** The watch costs a process that stays: it begins when a modem may get IPv6. */
  let beginIpv6 = (): void => {};
  let pool = "empty";
  return {
    async apply(desired, because) {
      if (asksForIpv6(options.config())) beginIpv6();
      capacities.follow(desired.uplinks);
      await network.apply(desired);
      lan6?.address.follow(desired);
      if (desired.uplinks.length > 0) void forwarding.look(desired.lan, performance.now());
      const before = pool;
      pool = poolText(desired);
      journal.write({
        port: poolCausePort(because),
        topic: "network",
        text: `pool: ${pool}`,
        data: { before, state: pool, cause: poolCauseText(because) },
      });
    },
    async verify(desired) {
      const drift = await network.verify(desired);
      if (drift.length > 0) tell(`somebody changed what is ours in the kernel: ${driftText(drift)}`);
      return drift;
    },
    watchKernel(emit) {
      const end = network.watch(() => emit({ type: "kernel.touched" }));
      return () => void end();
    },
    giveWay: (drift) =>
      tell(`somebody changes it again and again, so it is put right only after a while: ${driftText(drift)}`),
    watchIpv6(emit) {
      let end: (() => void) | null = null;
      beginIpv6 = () => {
        end ??= watchIpv6Addresses({ notice: tell }, emit);
      };
      return () => end?.();
    },
    async restore() {
      await lan6?.address.remove();
      await network.restore();
    },
    settings() {
      const { lan, balancer, uplinks, dns } = options.config();
      const { rates: measured } = capacities;
      const by = decisions.by ?? balancer.by;
      const othersDefault = uplinks.length > 0;
      // Who announces it is dnsmasq.
      const lanPrefix = dns.enabled ? (lan6?.prefix ?? null) : null;
      const { rules } = balancer;
      const seen = { byHand: decisions.ranks, measured, aside: options.aside() };
      return { lan: lan.bridge, by, rules, othersDefault, lanPrefix, ...seen };
    },
  };
}

export function interfaceEffects(options: {
  watch: NetworkWatch;
  links: LinkWatch;
  config: () => Config;
  notice: Tell;
}): InterfaceEffects {
  const { watch, links, config, notice } = options;
  return {
    configured: () => config().uplinks.map((uplink) => uplink.interface as InterfaceId),
    rank(id) {
      const named = config().uplinks.find((uplink) => uplink.interface === id);
      return { weight: named?.weight ?? "auto", tier: named?.tier ?? 1, role: named?.role ?? "balance" };
    },
    watchInterface: (name, emit) => watchInterface({ name, watch, lan: () => lanInForce(config()), notice }, emit),
    watchLink: (link, emit) => links.watch(link, emit),
  };
}

/** The LAN that an uplink could clash with. One that is not made, as it would collide with an uplink, must not take that down too. */
function lanInForce({ lan }: Config): string | null {
  return existsSync(`/sys/class/net/${lan.bridge}`) ? lan.address : null;
}
