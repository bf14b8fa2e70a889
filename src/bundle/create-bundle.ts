import { lookup } from "node:dns/promises";
import { isIPv4 } from "node:net";
import type { BundleEffects, BundleEngine } from "../../machines/bundle/effects.ts";
import { FailureError, failureFrom, printable } from "../../machines/failure.ts";
import type { Config } from "../config/types.ts";
import type { UplinkId } from "../net/types.ts";
import type { Invitation } from "./invitation.ts";
import { type BundleTarget, readJoined, targetOf } from "./joined.ts";
import { createMlpppEngine } from "./mlppp/create-engine.ts";
import { createMptcpEngine, type MptcpEngine } from "./mptcp/create-engine.ts";
import type { BundleMember, BundleSettings, EngineName } from "./types.ts";
import { Usage } from "./usage.ts";

/** For the address of the concentrator: a resolver that has just begun answers late. */
const LOCATE_MS = 10_000;

export interface BundleOptions {
  readonly config: () => Config;
  /** Where the invitation is kept that was taken. */
  readonly joinedFile: string;
  /** What a person should know, each thing once. */
  readonly onNotice: (text: string) => void;
  readonly log: (line: string) => void;
  /** `aside` says something else. */
  readonly asideChanged: () => void;
  /** For tests. */
  readonly folder?: string;
}

export interface Bundle extends BundleEffects {
  /** Reads anew what was joined, and what the config says of it. Never rejects: what is wrong is told, and there is no bundle then. */
  use(): Promise<void>;
  /** How many bytes the interfaces have carried so far, by name; told now and then. */
  look(traffic: ReadonlyMap<string, { readonly rxBytes: number; readonly txBytes: number }>, atMs: number): void;
  /** Links that are to be no members for now, as the bundle carries more without them. */
  aside(): readonly UplinkId[];
}

/** The bundle's hands. Starts nothing until the first `run`. */
export function createBundle(options: BundleOptions): Bundle {
  const { config, onNotice, log, asideChanged } = options;
  const folder = options.folder ?? "/run/wanherd/bundle";
  let target: BundleTarget | null = null;
  let version = 0;
  let told = "";
  let followed: readonly BundleMember[] = [];
  const usage = new Usage();

  function tell(text: string): void {
    if (text !== "" && text !== told) onNotice(text);
    told = text;
  }

  const key = (): string => {
    if (target === null) throw new FailureError("KeyMissing", "the bundle has no key");
    return target.key;
  };
  const mptcp: MptcpEngine = createMptcpEngine({
    key,
    onNotice,
    log: (line) => log(`ss-redir: ${line}`),
    asideChanged,
    folder: `${folder}/mptcp`,
  });
  const mlppp = createMlpppEngine({
    secret: key,
    notice: onNotice,
    log: (line) => log(`pppd: ${line}`),
    asideChanged,
    folder: `${folder}/mlppp`,
  });
  const engines: Readonly<Partial<Record<EngineName, BundleEngine>>> = { mptcp, mlppp };

  function engineOf({ engine }: BundleSettings): BundleEngine {
    const found = engines[engine];
    if (found === undefined) throw new FailureError("Internal", `there is no engine ${engine} yet`);
    return found;
  }

  /** What stands in the way of a bundle that somebody wants, in a sentence. */
  function fault(found: ReturnType<typeof targetOf>, engine: EngineName): string {
    if (found === "no key") return "no bundle: the config names a concentrator, and no key was joined";
    if (found === "engine not served") return `no bundle: the concentrator that was joined does not serve ${engine}`;
    return found !== null && engines[engine] === undefined ? `no bundle: there is no engine ${engine} yet` : "";
  }

  return {
    async use() {
      const { bundle } = config();
      const joined = await readJoined(options.joinedFile).catch((error: unknown): Invitation | null => {
        tell(`no bundle: ${failureFrom(error).message}`);
        return null;
      });
      const found = targetOf(bundle, joined);
      const wrong = fault(found, bundle.engine);
      if (wrong !== "") tell(wrong);
      const now = wrong !== "" || typeof found === "string" ? null : found;
      if (now?.key !== target?.key) version++;
      target = now;
    },
    look(traffic, atMs) {
      const members = followed.flatMap(({ id, interface: name, rate }) => {
        const carried = traffic.get(name);
        return carried === undefined ? [] : [{ id, rate, bytes: carried.rxBytes + carried.txBytes }];
      });
      const carried = members.map(({ bytes }) => bytes);
      const isUsed = usage.look(carried, atMs);
      mptcp.used(isUsed);
      mlppp.used(isUsed);
      mptcp.look(members, atMs);
    },
    aside: () => [...mptcp.aside(), ...mlppp.aside()],
    settings() {
      if (target === null) return null;
      const { bundle, lan } = config();
      const { host, port } = target;
      return { engine: bundle.engine, host, port, version, lanAddress: lan.address.split("/")[0] ?? "" };
    },
    async locate({ host, port }) {
      if (isIPv4(host)) return { host, port, address: host };
      try {
        const late = new Promise<never>((_, reject) =>
          setTimeout(reject, LOCATE_MS, new Error("no answer within 10 s")).unref(),
        );
        const { address } = await Promise.race([lookup(host, { family: 4 }), late]);
        return { host, port, address };
      } catch (cause) {
        const reason = printable(failureFrom(cause).message, 200);
        throw new FailureError("ConcentratorUnknown", `the concentrator's name ${host}: ${reason}`, { cause });
      }
    },
    run: (start, emit) => engineOf(start.settings).run(start, emit),
    path: (start) => engineOf(start.settings).path(start),
    probe: (start) => engineOf(start.settings).probe(start),
    follow: (members, start) => {
      followed = members;
      return engineOf(start.settings).follow(members, start);
    },
    watchHealth: (start, emit) => engineOf(start.settings).watchHealth(start, emit),
    cutLoose: (start) => engineOf(start.settings).cutLoose(start),
    async release() {
      const all = await Promise.allSettled(Object.values(engines).map((engine) => engine.release()));
      for (const end of all) if (end.status === "rejected") onNotice(failureFrom(end.reason).message);
    },
  };
}
