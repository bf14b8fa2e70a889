import type { BundleEngine } from "../../../machines/bundle/effects.ts";
import type { UplinkId } from "../../net/types.ts";
import { type Heartbeat, startHeartbeat } from "../heartbeat.ts";
import { BUNDLE_INTERFACE, CONCENTRATOR_ADDRESS, ECHO_PORT, GATEWAY_ADDRESS } from "./addresses.ts";
import { Members } from "./members.ts";

export interface MlpppEngine extends BundleEngine {
  /** Whether somebody uses it, told now and then. */
  used(isUsed: boolean): void;
  /** Links that are not to be members for now, as the others carry more without them (judge-members.ts). */
  aside(): readonly UplinkId[];
}

/**
 * Multilink PPP (RFC 1990) by pppd at both ends, each member a TCP stream in a WireGuard tunnel of its own over its link: carries
 * every IP protocol. See docs/bundle.md.
 */
export function createMlpppEngine(options: {
  readonly secret: () => string;
  readonly notice: (text: string) => void;
  readonly log: (line: string) => void;
  /** Another link is to be a member, or no longer. */
  readonly asideChanged: () => void;
  readonly folder: string;
}): MlpppEngine {
  const { secret, ...rest } = options;
  const members = new Members({ key: secret, ...rest });
  let heartbeat: Heartbeat | null = null;

  return {
    // Each member has a process of its own, which `follow` starts: there is none for the whole.
    run(_start, emit) {
      let isOver = false;
      void Promise.resolve().then(() => {
        if (!isOver) emit({ type: "process.ready", detail: {} });
      });
      const end = (): void => {
        if (isOver) return;
        isOver = true;
        emit({ type: "process.exited", failure: null });
      };
      return { terminate: end, kill: end };
    },
    path: () => ({ kind: "interface", interface: BUNDLE_INTERFACE, address: GATEWAY_ADDRESS }),
    // The kernel's own route to the bundle's other end is there as long as the bundle is.
    probe: () => null,
    follow: (links, start) => members.follow(links, start),
    watchHealth(_start, emit) {
      const started = startHeartbeat({ address: CONCENTRATOR_ADDRESS, port: ECHO_PORT }, emit);
      heartbeat = started;
      return () => {
        started.end();
        heartbeat = null;
      };
    },
    // Connections in the bundle keep the bundle's address: there is nothing that would go elsewhere before it ends.
    cutLoose: async () => {},
    release: () => members.close(),
    aside: () => members.aside(),
    used(isUsed) {
      heartbeat?.used(isUsed);
      members.used(isUsed);
    },
  };
}
