import { existsSync } from "node:fs";
import { createActor, waitFor } from "xstate";
import { createAgentMachine } from "../../machines/agent/machine.ts";
import { failureFrom } from "../../machines/failure.ts";
import { createBundle } from "../bundle/create-bundle.ts";
import { joinedFile } from "../bundle/joined.ts";
import { renderFileProblem } from "../config/file-problem.ts";
import { loadConfig } from "../config/load-config.ts";
import { settingsFor } from "../config/settings-for.ts";
import type { Config } from "../config/types.ts";
import { watchConfig } from "../config/watch-config.ts";
import { DecisionStore } from "../decisions/store.ts";
import { createHostapd } from "../hostapd/create-hostapd.ts";
import { readHub } from "../hotplug/sysfs-device.ts";
import { parsePortPath } from "../hotplug/types.ts";
import { startControlServer } from "../inspector/control-server.ts";
import { claimSocketPath } from "../inspector/socket-path.ts";
import { createInspector } from "../journal/from-xstate.ts";
import { openJournal } from "../journal/open-journal.ts";
import { maskCommands, maskIdentities } from "../journal/redact.ts";
import { withStates } from "../journal/with-states.ts";
import { createLan } from "../lan/create-lan.ts";
import { Capacities } from "../link/capacities.ts";
import { LinkWatch } from "../link/link-watch.ts";
import { createLogger } from "../log/create-logger.ts";
import { logJournal } from "../log/journal-to-log.ts";
import { Adoption } from "../modem/adoption.ts";
import { createLanAddress, type LanAddress } from "../net/lan-address.ts";
import { keptLanPrefix } from "../net/lan-prefix.ts";
import { NetworkWatch } from "../net/network-watch.ts";
import { createReconciler } from "../net/reconciler.ts";
import { readTraffic } from "../net/traffic.ts";
import { PowerWatch } from "../power/power-watch.ts";
import { createResolver } from "../resolver/create-resolver.ts";
import type { ResolverSettings } from "../resolver/types.ts";
import { createPassphrase } from "../secrets/passphrase.ts";
import type { StatelyInspector } from "../stately/stately-inspector.ts";
import { createServiceManager } from "../systemd/service-manager.ts";
import { accessPointEffects, radioEffects } from "./access-point-effects.ts";
import { definitionsOf } from "./definitions.ts";
import { agentEffects, asksForIpv6, interfaceEffects, modemEffects, portEffects, uplinksEffects } from "./effects.ts";
import { endInOrder } from "./end-in-order.ts";
import { MachineView } from "./view.ts";

/** How long the process may last after all of it has ended. */
const LINGER_MS = 5_000;

export interface AgentOptions {
  readonly configFile: string;
  readonly socket: string;
  readonly rulesFolder: string;
  readonly version: string;
  /** What asks it to end leaves the links up. */
  readonly keep: boolean;
  /** Where Stately's inspector listens, `ws://…`; null: the machines are not shown to it, and its library is not loaded. */
  readonly stately: string | null;
}

/**
 * Runs the agent until SIGTERM or SIGINT, and puts the network back before it resolves with the exit code. A config
 * that is refused at the start is no agent (1): to guess at APNs and weights would cost somebody money.
 *
 * With `keep`, and at SIGUSR2 in any case, links, rules and sysctls stay as they are for the next agent to adopt. The
 * machines are then not told to stop; what they hold open ends with the process, which this then ends itself.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const logger = await createLogger();
  const loaded = await loadConfig(options.configFile);
  if ("problems" in loaded) {
    for (const problem of loaded.problems) logger.error(`config refused: ${renderFileProblem(problem)}`);
    return 1;
  }
  let config: Config = loaded.config;
  // Before the journal is opened: a second agent must not write into the first one's.
  try {
    await claimSocketPath(options.socket);
  } catch (error) {
    logger.error(`not started: ${failureFrom(error).message}`);
    return 1;
  }
  const journal = await openJournal({ ...config.journal, maskIdentities: () => config.journal.maskIdentities });
  const stated = withStates(journal);
  const endLogging = logJournal(journal, logger);
  const tell = (text: string): void => journal.write({ port: null, topic: "agent", text });
  const decisions = await DecisionStore.open(`${config.journal.directory}/decisions.json`, tell);
  const notice = (text: string): void => journal.write({ port: null, topic: "network", text });
  const network = createReconciler({
    onNotice: notice,
  });
  void network.prepare();
  const networkWatch = new NetworkWatch({ notice });
  const lan6 = await lanIpv6(`${config.journal.directory}/lan-prefix`, networkWatch, notice);
  const settings: ReturnType<typeof settingsFor> = (port, ids) => settingsFor(config)(port, ids);
  const inspect = createInspector(journal, stated.note);
  const capacities = new Capacities(decisions.rates, (rates) => {
    decisions.setRates(rates);
    actor.send({ type: "uplinks.measured" });
  });
  const uplinks = uplinksEffects({
    network,
    journal: stated.journal,
    config: () => config,
    decisions,
    capacities,
    aside: () => bundle.aside(),
    lan6,
  });

  const bundle = createBundle({
    config: () => config,
    joinedFile: joinedFile(options.configFile),
    onNotice: tell,
    log: (line) => journal.write({ port: null, topic: "process", text: line }),
    asideChanged: () => actor.send({ type: "uplinks.measured" }),
  });
  await bundle.use();

  // One for all uplinks: the kernel's counters are read once for all of them.
  const links = new LinkWatch({
    servers: () => config.probe.servers,
    limits: () => config.health,
    looked: (traffic, atMs) => {
      capacities.look(traffic, atMs);
      bundle.look(traffic, atMs);
    },
  });
  const port = await portEffects({
    rulesFolder: options.rulesFolder,
    settings,
    config: () => config,
    decisions,
    slotOf: (path) => view?.slotOf(path) ?? null,
    hasIpv6: (path) => view?.hasIpv6(path) ?? false,
    journal: stated.journal,
    tell,
  });
  const adoption = new Adoption({ enabled: (path) => port.settings(path).enabled, tell });
  const modem = await modemEffects({ settings, adoption, decisions, journal: stated.journal, links });
  const power = new PowerWatch({
    rootHub: (hub) => readHub("/sys", hub),
    supplies: () => config.power.hubs,
    seat: (path) => view?.seat(path) ?? null,
    tell: (text, hub) => journal.write({ port: parsePortPath(hub), topic: "agent", text }),
    now: () => performance.now(),
  });
  const passphrase = createPassphrase(config.journal.directory);
  await passphrase.use(config.accessPoint.passphrase);
  const hostapd = createHostapd({
    passphrase: () => passphrase.current(),
    log: (line) => journal.write({ port: null, topic: "process", text: `hostapd: ${line}` }),
    onNotice: notice,
  });
  const lan = createLan({ watch: networkWatch, onNotice: notice });
  let hasLan = false;
  const stately = options.stately === null ? null : await showToStately(options.stately, () => config);
  const actor = createActor(
    createAgentMachine({
      effects: agentEffects({
        ...{ tell, power, adoption, settings, network },
        config: () => config,
        async reclaimRadios() {
          const { accessPoint, lan: wanted } = config;
          await hostapd.reclaim(accessPoint.enabled);
          // What a killed agent left when the config still had it on.
          if (!accessPoint.enabled && wanted.ports.length === 0) await lan.restoreLan();
        },
      }),
      port,
      modem,
      uplinks,
      interfaces: interfaceEffects({ watch: networkWatch, links, config: () => config, notice }),
      radio: radioEffects({ hostapd, config: () => config, watch: networkWatch }),
      accessPoint: accessPointEffects({
        hostapd,
        lan,
        config: () => config,
        passphrase,
        lanChanged: (isThere) => {
          if (isThere === hasLan) return;
          hasLan = isThere;
          actor.send({ type: "lan.changed" });
        },
      }),
      resolver: createResolver({
        settings: () => resolverSettings(config, hasLan, lan6 !== null),
        leases: `${config.journal.directory}/dhcp-leases`,
        fallback: () => config.probe.servers,
        onNotice: tell,
        log: (line) => journal.write({ port: null, topic: "process", text: line }),
      }),
      bundle,
      random: Math.random,
    }),
    {
      inspect: (event) => {
        inspect(event);
        stately?.inspect(event);
        if (event.type === "@xstate.snapshot") view?.noteChange();
      },
    },
  );
  let view: MachineView | null = null;
  view = new MachineView({
    actor,
    version: options.version,
    traffic: readTraffic,
    stations: () => hostapd.readStations(),
    hubs: () => power.hubs(),
    pool: () => uplinks.settings(),
    decisions,
    maskIdentities: () => config.journal.maskIdentities,
  });

  const control = await startControlServer({
    ...{ view, journal, socket: options.socket, version: options.version },
    machines: () => definitionsOf(actor.logic),
  }).catch((error: unknown) => failureFrom(error));
  if (!("close" in control)) {
    logger.error(`not started: ${control.message}`);
    endLogging();
    await journal.close();
    return 1;
  }
  const endConfigWatch = await watchConfig(options.configFile, {
    changed: (changed) => {
      config = changed;
      tell("config re-read");
      power.check();
      const secrets = [passphrase.use(changed.accessPoint.passphrase), bundle.use()];
      void Promise.all(secrets).then(() => actor.send({ type: "config.changed" }));
    },
    beside: {
      file: joinedFile(options.configFile),
      changed: () => {
        tell("the concentrator that was joined is another one, or none");
        void bundle.use().then(() => actor.send({ type: "bundle.configured" }));
      },
    },
    refused: (problems) => {
      for (const problem of problems) tell(`config refused, the old one stays: ${renderFileProblem(problem)}`);
    },
  });

  // A promise that nobody waited for, in a library say: a fault to be told of, and no reason to drop working links.
  const tellFault = (error: unknown): void => tell(`unhandled: ${failureFrom(error).message}`);
  process.on("unhandledRejection", tellFault);
  let leave = (): void => {};
  const left = new Promise<"left">((resolve) => {
    leave = () => resolve("left");
  });
  const stop = options.keep ? leave : (): void => actor.send({ type: "agent.stop" });
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGUSR2", leave);
  actor.start();
  tell(`wanherd ${options.version} runs`);
  const manager = createServiceManager({ environment: process.env, pid: process.pid, onNotice: tell });
  manager.ready();
  const end = await Promise.race([left, waitFor(actor, (snapshot) => snapshot.status !== "active")]);
  process.off("SIGTERM", stop);
  process.off("SIGINT", stop);
  process.off("SIGUSR2", leave);
  process.off("unhandledRejection", tellFault);

  tell(end === "left" ? "wanherd ends; its links stay up for the next start to adopt" : "wanherd ends");
  await endInOrder(
    [
      ["systemd", () => manager.stopping()],
      ["the watch of the config", endConfigWatch],
      ["the control socket", () => control.close()],
      ["Stately's inspector", () => stately?.close()],
      ["the watch of the network", () => networkWatch.close()],
      ["the programs that change the network", () => network.close()],
      ["the decisions", () => decisions.close()],
      ["the log", endLogging],
      ["the journal", () => journal.close()],
    ],
    (text) => logger.error(text),
  );
  if (end === "left") process.exit(0);
  const code = end.status === "done" ? 0 : 1;
  // All is done; a pipe that a program handed on to another one, say, must not keep a process that has nothing left to do.
  setTimeout(() => {
    logger.error(`held open at the end: ${process.getActiveResourcesInfo().join(", ")}`);
    process.exit(code);
  }, LINGER_MS).unref();
  return code;
}

/** Loaded when it is asked for: an agent that is not looked at has no memory to spare for it. */
async function showToStately(url: string, config: () => Config): Promise<StatelyInspector> {
  const { statelyInspector } = await import("../stately/stately-inspector.ts");
  return statelyInspector(url, (text) =>
    config().journal.maskIdentities ? maskIdentities(maskCommands(text)) : maskCommands(text),
  );
}

/** Null on a kernel without IPv6 (`ipv6.disable=1`), where dnsmasq could not announce it either. */
async function lanIpv6(
  file: string,
  watch: NetworkWatch,
  notice: (text: string) => void,
): Promise<{ prefix: string; address: LanAddress } | null> {
  if (!existsSync("/proc/net/if_inet6")) return null;
  try {
    const prefix = await keptLanPrefix(file);
    return { prefix, address: createLanAddress({ prefix, watch, notice }) };
  } catch (error) {
    notice(`the LAN is given no IPv6: ${failureFrom(error).message}`);
    return null;
  }
}

/** Addresses are given where the LAN is ours: elsewhere another server may do it. */
function resolverSettings(config: Config, hasLan: boolean, hasIpv6: boolean): ResolverSettings {
  const { dns, lan } = config;
  const dhcp = hasLan && lan.dhcp !== null ? { ...lan.dhcp, address: lan.address } : null;
  const ipv6 = hasIpv6 && dns.enabled && asksForIpv6(config);
  return { enabled: dns.enabled || dhcp !== null, names: dns.enabled, dhcp, ipv6, lan: lan.bridge };
}
