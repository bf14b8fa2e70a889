import type { BundleEngine } from "../../../machines/bundle/effects.ts";
import type { ProcessEvent, ProcessHandle } from "../../../machines/daemon/effects.ts";
import { failureFrom } from "../../../machines/failure.ts";
import { closeConnectionsOfPort } from "../../net/own-connections.ts";
import type { UplinkId } from "../../net/types.ts";
import { type Heartbeat, startHeartbeat } from "../heartbeat.ts";
import { deriveSecret } from "../invitation.ts";
import type { BundleStart } from "../types.ts";
import { createMptcpKernel } from "./kernel.ts";
import { ECHO, PROXY_PORT, probeOf, renderProxyConfig } from "./proxy.ts";
import { endProxy, leftProxy, proxyFiles, runProxy } from "./run-proxy.ts";
import { fastestOf, renderFastest, sendBufferOf } from "./send-buffer.ts";
import { asideIn, changeTexts, lookAtMembers, type MemberCounter, NO_TRIALS, type Trials } from "./trials.ts";

/** What the derived secret is for; both ends say the same. */
export const SECRET_USE = "mptcp";

export interface MptcpEngineOptions {
  /** The bundle's key, asked for at the moment when it is needed. Throws FailureError KeyMissing. */
  readonly key: () => string;
  readonly onNotice: (text: string) => void;
  readonly log: (line: string) => void;
  readonly asideChanged: () => void;
  /** Where files are kept that are gone with a reboot. */
  readonly folder: string;
  /** For tests. */
  readonly programs?: { readonly mptcpize: string; readonly ip: string; readonly ss: string };
}

export interface MptcpEngine extends BundleEngine {
  /** Whether somebody uses it, told now and then. */
  used(isUsed: boolean): void;
  /** What each of its links has carried so far; tells `asideChanged` when another one is to be a member, or no longer. */
  look(members: readonly MemberCounter[], atMs: number): void;
  /** Links that are not to be members for now, as the others carry more without them (trials.ts). */
  aside(): readonly UplinkId[];
}

/**
 * The engine "mptcp": the LAN's TCP connections end here, at a proxy (ss-redir), and go on to the concentrator, each over all links
 * at once, as the kernel's Multipath TCP (RFC 8684) spreads what one connection carries. Encrypted and authenticated by an AEAD cipher.
 */
export function createMptcpEngine(options: MptcpEngineOptions): MptcpEngine {
  const { key, onNotice, log, folder } = options;
  const programs = options.programs ?? { mptcpize: "mptcpize", ip: "ip", ss: "ss" };
  const files = proxyFiles(folder);
  const kernel = createMptcpKernel({ file: `${folder}/mptcp.json`, onNotice, ip: programs.ip });
  let heartbeat: Heartbeat | null = null;
  let answers = false;
  let trials = NO_TRIALS;
  let fastest: number | null = null;

  function learn(now: Trials): void {
    const before = trials;
    trials = now;
    for (const text of changeTexts(before, now)) onNotice(text);
    if (asideIn(before).join() !== asideIn(now).join()) options.asideChanged();
  }

  /** What is to be known before there is a process: its config has the secret, and one may have been left. */
  function run(start: BundleStart, emit: (event: ProcessEvent) => void): ProcessHandle {
    let inner: ProcessHandle | null = null;
    let asked = false;
    void (async () => {
      try {
        const config = renderProxyConfig(start, deriveSecret(key(), SECRET_USE));
        const left = await leftProxy(files, config);
        if (asked) return emit({ type: "process.exited", failure: null });
        inner = runProxy({ program: programs.mptcpize, files, config, left, prepare: kernel.enter, log }, emit);
      } catch (error) {
        emit({ type: "process.exited", failure: asked ? null : failureFrom(error) });
      }
    })();
    return {
      terminate() {
        asked = true;
        inner?.terminate();
      },
      kill() {
        asked = true;
        inner?.kill();
      },
    };
  }

  return {
    run: (start, emit) => {
      // Never before this has returned.
      return run(start, (event) => void Promise.resolve().then(() => emit(event)));
    },
    path: ({ settings }) => ({ kind: "proxy", address: settings.lanAddress, port: PROXY_PORT }),
    probe: probeOf,
    follow: (members) => kernel.follow(members),
    watchHealth(_, emit) {
      const started = startHeartbeat(
        ECHO,
        (event) => {
          answers = event.type === "health.answered";
          emit(event);
        },
        () => renderFastest(fastest),
      );
      heartbeat = started;
      return () => {
        started.end();
        if (heartbeat === started) heartbeat = null;
        answers = false;
      };
    },
    used: (isUsed) => heartbeat?.used(isUsed),
    // While it is silent its links carry what is balanced.
    look(members, atMs) {
      learn(lookAtMembers(trials, answers ? members : [], atMs));
      // What a first download shows is known seconds after its beginning, a rate to be kept only after a quarter of a minute.
      const known = fastestOf(members.flatMap(({ id, rate }) => [rate, trials.shown.get(id) ?? null]));
      if (known === null || known === fastest) return;
      fastest = known;
      kernel.sendBuffer(sendBufferOf(known)).catch((error: unknown) => onNotice(failureFrom(error).message));
    },
    aside: () => asideIn(trials),
    cutLoose: () => closeConnectionsOfPort(programs.ss, PROXY_PORT),
    async release() {
      learn(NO_TRIALS);
      await endProxy(files);
      await kernel.restore();
    },
  };
}
