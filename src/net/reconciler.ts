import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { FailureError, failureFrom, printable } from "../../machines/failure.ts";
import type { PortPath } from "../hotplug/types.ts";
import { createReadyProgram, type ReadyProgram } from "../process/ready-program.ts";
import { checkDesired } from "./check-desired.ts";
import { deleteConnections } from "./conntrack.ts";
import { createExpectedListing } from "./expected-listing.ts";
import { createGuard } from "./guard.ts";
import { type BatchError, checkBatch } from "./ip-batch.ts";
import { createKeptNft } from "./kept-nft.ts";
import { objectDrift, readTable } from "./kernel-drift.ts";
import { TABLE } from "./marks.ts";
import { readMtus } from "./mtu.ts";
import { closeOwnConnections } from "./own-connections.ts";
import { parsePresent, READ_LINES } from "./read-routes.ts";
import { REMOVE_NFT, renderNft } from "./render-nft.ts";
import {
  addressesGone,
  type Family,
  familyOf,
  type KernelObject,
  type LooseEnd,
  renderRoutes,
  slotsCutLoose,
  slotsOf,
  wantedObjects,
} from "./render-routes.ts";
import { createSysctls } from "./sysctls.ts";
import { listingDrift } from "./table-listing.ts";
import type { DesiredNetwork, NetworkReconciler } from "./types.ts";
import { watchKernel } from "./watch-kernel.ts";

export interface ReconcilerOptions {
  /** Where the sysctls' original values are kept. */
  readonly sysctlFile?: string;
  /** Told when something was odd but did not stop the work, e.g. an interface that vanished meanwhile. */
  readonly onNotice?: (text: string) => void;
  /** In place of /proc/sys, for tests. */
  readonly sysctlRoot?: string;
  /** In place of /sys/class/net, for tests. */
  readonly interfaceRoot?: string;
  /** Programs to run, for tests. */
  readonly commands?: Readonly<Record<"ip" | "nft" | "conntrack" | "ss" | "unshare", string>>;
}

/** The first nft after a boot waits until the kernel has loaded its modules: 3.5 s in an emulated guest, more under load. */
const TIMEOUT_MS = 30_000;
/** The kept nft is only the quick way; when it is late, the sure one is tried. */
const KEPT_TIMEOUT_MS = 3_000;
/** `ip monitor` tells of our own changes that much later at most; later ones are looked at, which does no harm. */
const ECHO_MS = 150;
/** A look waits until the last change is so old: changes come together, and to start its programs alone takes time from the next. */
const SETTLED_MS = 1_500;
/** Two links, so that the rules for spreading are in it too; never applied. */
const REHEARSAL: DesiredNetwork = {
  lan: "lan-br",
  by: "connection",
  uplinks: [1, 2].map((slot) => ({
    slot,
    id: `1-${slot}` as PortPath,
    interface: `wan1-${slot}`,
    address: `192.0.2.${slot}`,
    via: null,
  })),
  pick: [1, 2].map((slot) => ({ slot, weight: 1 })),
  pins: [],
};
const NOTHING: DesiredNetwork = { lan: "lo", by: "connection", uplinks: [], pick: [], pins: [] };

/**
 * The balancer's hands. Starts nothing until the first call. Calls are done one after the other.
 *
 * What the last apply made is remembered; after an error, and at the first call, the kernel is asked instead, so
 * a killed agent's leftovers are taken over or removed. Links found there that `desired` does not name count as gone:
 * their connections are cut. So let the first `apply` name all links that are to be adopted.
 *
 * Forwarding stays on from the first uplink until `restore`. When a batch of routes fails for good, the rules and
 * routes that it made before stay until the next apply; the nftables table is then still the one before, so no
 * packet carries a mark that would use them.
 */
export function createReconciler(options: ReconcilerOptions = {}): NetworkReconciler {
  const commands = options.commands ?? {
    ip: "ip",
    nft: "nft",
    conntrack: "conntrack",
    ss: "ss",
    unshare: "unshare",
  };
  const notice = options.onNotice ?? (() => {});
  const ip = { 4: ipFor(4), 6: ipFor(6) };
  const nft = createReadyProgram({ command: commands.nft, args: ["-f", "-"], timeoutMs: TIMEOUT_MS });
  const keptNft = createKeptNft({ command: commands.nft, timeoutMs: KEPT_TIMEOUT_MS });
  const sysctlRoot = options.sysctlRoot ?? "/proc/sys";
  const interfaceRoot = options.interfaceRoot ?? "/sys/class/net";
  const sysctls = createSysctls({ file: options.sysctlFile ?? "/run/wanherd/sysctl.json", root: sysctlRoot });
  /** A kernel without IPv6 refuses to tell what it has of it. */
  const families: readonly Family[] = existsSync(`${sysctlRoot}/net/ipv6`) ? [4, 6] : [4];
  const expectedListing = createExpectedListing({ ...commands, timeoutMs: TIMEOUT_MS });
  const guard = createGuard({
    nft: commands.nft,
    timeoutMs: TIMEOUT_MS,
    refused: () =>
      notice("this kernel or nft knows no tables with an owner: a flushed rule set costs open connections"),
  });
  /** Of the interfaces of the last apply, as they were then: one that is vanishing has none any more, and nobody changed anything. */
  let mtus: ReadonlyMap<string, number> = new Map();
  /** Interfaces of the last apply. */
  let watched: readonly string[] = [];
  /** Jobs begun, and when the last of them ended. */
  let jobs = 0;
  let ended = { jobs: 0, atMs: 0 };
  /** What the kernel holds of ours; null: not known. */
  let present: readonly KernelObject[] | null = null;
  /** Links whose connections are still to be cut loose. */
  const toCut = new Map<string, LooseEnd>();
  /** Addresses whose connections of our own programs are still to be ended. */
  const toClose = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  /** Does `job` when all earlier ones are over, however they ended. */
  function inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
    jobs += 1;
    const turn = last.then(job);
    last = turn
      .catch(() => {})
      .then(() => {
        ended = { jobs: ended.jobs + 1, atMs: performance.now() };
      });
    return turn;
  }

  function ipFor(family: Family, options: readonly string[] = [], unhurried = false): ReadyProgram {
    const args = [`-${family}`, ...options, "-force", "-batch", "-"];
    return createReadyProgram({ command: commands.ip, args, timeoutMs: TIMEOUT_MS, unhurried });
  }

  async function readPresent(unhurried = false): Promise<readonly KernelObject[]> {
    return (await Promise.all(families.map((family) => readFamily(family, unhurried)))).flat();
  }

  async function readFamily(family: Family, unhurried: boolean): Promise<readonly KernelObject[]> {
    const result = await ipFor(family, ["-N", "-j"], unhurried).run(batch(READ_LINES));
    checkBatch(READ_LINES, result);
    try {
      return parsePresent(result.stdout, family);
    } catch (cause) {
      throw new FailureError("SystemRefused", "ip told its rules and routes in no form that we know", { cause });
    }
  }

  /** Returns whether all was done; false: an interface has vanished, so the kernel must be asked the next time. */
  async function tellIp(lines: readonly string[]): Promise<boolean> {
    const gone = (await Promise.all(families.map((family) => tellFamily(family, lines)))).flat();
    for (const { line, message } of gone)
      notice(`left out, as its interface has vanished: ip ${line}: ${printable(message, 200)}`);
    return gone.length === 0;
  }

  async function tellFamily(family: Family, lines: readonly string[]): Promise<BatchError[]> {
    const own = lines.filter((line) => familyOf(line) === family).map((line) => line.replace(/^(\w+)6 /, "$1 "));
    return own.length === 0 ? [] : checkBatch(own, await ip[family].run(batch(own)));
  }

  /** By the kept process; when that does not confirm, once more by one of its own, whose word is final. */
  async function tellNft(text: string): Promise<void> {
    if (await keptNft.run(text)) return;
    const { exitCode, stderr } = await nft.run(text);
    if (exitCode === 0) return;
    // The error and, where nft quotes it, the line of text that it is about.
    const [error = "", quoted = ""] = stderr.split("\n").map((line) => line.trim());
    const reason = printable(`${error} ${quoted}`.trim() || `nft ended with ${exitCode ?? "a signal"}`, 300);
    throw new FailureError("SystemRefused", `the kernel refused table inet wanherd: ${reason}`, { tried: "nft -f -" });
  }

  function noteLooseEnds(before: readonly KernelObject[], desired: DesiredNetwork): void {
    for (const end of slotsCutLoose(before, desired)) toCut.set(`${end.slot} of ${end.family}`, end);
  }

  async function cutLoose(): Promise<void> {
    await Promise.all(
      [...toCut].map(async ([name, end]) => {
        await deleteConnections(commands.conntrack, end);
        toCut.delete(name);
      }),
    );
  }

  /** A kernel that cannot end them (no INET_DIAG_DESTROY) is told of; nothing else suffers. */
  async function closeOwn({ bundle }: DesiredNetwork): Promise<void> {
    const addresses = [...toClose];
    toClose.clear();
    const closed = addresses.map((address) => closeOwnConnections(commands.ss, address, bundle?.concentrator));
    for (const end of await Promise.allSettled(closed))
      if (end.status === "rejected") notice(failureFrom(end.reason).message);
  }

  /** Nothing is changed, as nft only checks; a failure shows at the first apply. */
  async function prepare(): Promise<void> {
    const check = createReadyProgram({ command: commands.nft, args: ["-c", "-f", "-"], timeoutMs: TIMEOUT_MS });
    await check.run(renderNft(REHEARSAL)).catch(() => {});
    await check.close();
  }

  /** What is found is as good as what an apply made: the first one need not ask again. */
  async function slots(): Promise<ReadonlyMap<string, number>> {
    present ??= await readPresent();
    return slotsOf(present);
  }

  async function apply(desired: DesiredNetwork): Promise<void> {
    checkDesired(desired);
    const before = present ?? (await readPresent());
    const plan = renderRoutes(before, desired);
    noteLooseEnds(before, desired);
    for (const address of addressesGone(before, desired)) toClose.add(address);
    present = null;
    const interfaces = desired.uplinks.map((link) => link.interface);
    // Where nothing is to be made first, a link only leaves: it is out of the pool before anything else is done.
    const leaving = plan.before.length === 0;
    const lan6 = lanOfIpv6(desired);
    if (!leaving) await sysctls.enter(interfaces, lan6);
    const made = await tellIp(plan.before);
    if (plan.before.length > 0 && plan.after.length > 0) ip[4].warm();
    mtus = await readMtus(interfaces, interfaceRoot);
    await tellNft(renderNft(desired, mtus));
    const [removed] = await Promise.all([
      tellIp(plan.after),
      cutLoose(),
      closeOwn(desired),
      leaving ? sysctls.enter(interfaces, lan6) : null,
    ]);
    if (made && removed) present = wantedObjects(desired);
    watched = interfaces;
    guard.hold(interfaces, desired.lanPrefix);
  }

  async function verify(desired: DesiredNetwork): Promise<readonly string[]> {
    const before = jobs;
    await last;
    await pause(Math.max(0, SETTLED_MS - (performance.now() - ended.atMs)));
    if (jobs !== before) return [];
    const interfaces = desired.uplinks.map((link) => link.interface);
    const asked = [
      expectedListing(renderNft(desired, mtus)).catch(() => null),
      readTable(commands.nft, TIMEOUT_MS),
      readPresent(true),
      sysctls.drift(interfaces, lanOfIpv6(desired)),
    ] as const;
    // All programs have ended when this has, also when one of them fails.
    await Promise.allSettled(asked);
    const [expected, table, objects, sysctlDrift] = await Promise.all(asked);
    // Where it cannot be known how nft lists our table, that it is there has to be enough.
    const tableDrift = listingDrift(expected ?? table ?? new Map(), table).map((phrase) => `table ${TABLE}: ${phrase}`);
    const objectsDrift = await objectDrift(wantedObjects(desired), objects, interfaceRoot);
    if (jobs !== before) return [];
    const drift = [...tableDrift, ...objectsDrift, ...sysctlDrift];
    if (drift.length > 0) present = null;
    return drift;
  }

  /** Goes on after a failure, so that as much as possible is put back; rejects with the first one. */
  async function restore(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (step: () => Promise<void>): Promise<void> => step().catch((error) => void failures.push(error));
    present = null;
    watched = [];
    await guard.release();
    await attempt(() => tellNft(REMOVE_NFT));
    await attempt(async () => {
      const leftovers = await readPresent();
      noteLooseEnds(leftovers, NOTHING);
      await tellIp(renderRoutes(leftovers, NOTHING).after);
    });
    await attempt(cutLoose);
    await attempt(() => sysctls.restore());
    if (failures.length > 0) throw failures[0];
  }

  function warm(): void {
    ip[4].warm();
    keptNft.warm();
  }

  return {
    prepare: () => inTurn(prepare),
    slots: () => inTurn(slots),
    apply: (desired) => inTurn(() => apply(desired).finally(warm)),
    verify,
    watch: (touched) =>
      watchKernel(
        {
          touched,
          notice,
          interfaces: () => watched,
          isBusy: () => ended.jobs < jobs || performance.now() - ended.atMs < ECHO_MS,
        },
        commands,
      ),
    restore: () => inTurn(restore),
    close: () =>
      inTurn(async () => {
        await Promise.all([ip[4].close(), ip[6].close(), keptNft.close(), nft.close(), guard.release()]);
      }),
  };
}

/** The LAN's interface, if IPv6 is to be forwarded from it. */
function lanOfIpv6({ lan, lanPrefix }: DesiredNetwork): string | null {
  return lanPrefix === undefined ? null : lan;
}

function batch(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
