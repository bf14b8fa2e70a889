import { type Failure, failure } from "../../machines/failure.ts";
import type { LinkEvent, PppLink } from "../../machines/modem/effects.ts";
import type { PortPath } from "../hotplug/types.ts";
import { readAllTraffic } from "../net/traffic.ts";
import { readEchoMark } from "../ppp/echo-file.ts";
import { beginWatch, type DeathReason, judgeLink, type LinkState, LOOK_MS, type Look } from "./judge-link.ts";
import { openProbe, type Probe } from "./probe.ts";

export interface LinkWatchOptions {
  /** Asked where the network's own name servers are none, or say nothing. IPv4. */
  readonly servers: () => readonly string[];
  /** For tests. */
  readonly openProbe?: typeof openProbe;
  readonly readTraffic?: typeof readAllTraffic;
  readonly readEcho?: typeof readEchoMark;
}

interface WatchedLink {
  readonly port: PortPath;
  readonly interface: string;
  readonly probe: Probe;
  readonly emit: (event: LinkEvent) => void;
  /** null: not looked at yet. */
  state: LinkState | null;
}

/**
 * Watches links that are up for data that comes through them. Nothing tells that nothing came, so the kernel's counters
 * are looked at: once a second, one file for all links. A look changes nothing on the air; what is sent, and when a
 * link counts as dead, is decided in judge-link.ts.
 */
export class LinkWatch {
  readonly #options: Required<LinkWatchOptions>;
  readonly #links = new Set<WatchedLink>();
  /** Ports whose network may not answer probes; see LinkState. */
  readonly #doubted = new Set<PortPath>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: LinkWatchOptions) {
    this.#options = { openProbe, readTraffic: readAllTraffic, readEcho: readEchoMark, ...options };
  }

  /** Reports once when the link is dead; the returned function ends the watch, and may be called again. */
  watch({ port, link }: { port: PortPath; link: PppLink }, emit: (event: LinkEvent) => void): () => void {
    const servers = (): readonly string[] => [...link.dns, ...this.#options.servers()];
    const probe = this.#options.openProbe(link.address, servers);
    const watched: WatchedLink = { port, interface: link.interface, probe, emit, state: null };
    this.#links.add(watched);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    return () => this.#end(watched);
  }

  #end(link: WatchedLink): void {
    if (!this.#links.delete(link)) return;
    link.probe.close();
    if (this.#links.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const links = [...this.#links];
      // Before the counters, so that an answer is never newer than the bytes that it came in.
      const answered = links.map(({ probe }) => probe.takeAnswered());
      const [traffic, echoes] = await Promise.all([
        this.#options.readTraffic(),
        Promise.all(links.map((link) => this.#options.readEcho(link.interface))),
      ]);
      const atMs = performance.now();
      for (const [index, link] of links.entries()) {
        const counted = traffic.get(link.interface);
        // Gone: pppd's end tells of that.
        if (counted === undefined || !this.#links.has(link)) continue;
        this.#judge(link, { atMs, ...counted, answered: answered[index] ?? false, echo: echoes[index] ?? null });
      }
    } finally {
      this.#looking = false;
    }
  }

  #judge(link: WatchedLink, look: Look): void {
    if (link.state === null) {
      link.state = beginWatch(look, this.#doubted.has(link.port));
      return;
    }
    const before = link.state;
    const { state, probe, dead } = judgeLink(before, look);
    link.state = state;
    if (state.doubted) this.#doubted.add(link.port);
    else this.#doubted.delete(link.port);
    if (probe) link.probe.send();
    if (dead === null) return;
    this.#end(link);
    link.emit({ type: "link.dead", failure: deathFailure(link, dead, before, look.atMs) });
  }
}

function deathFailure(
  { port, interface: name }: WatchedLink,
  dead: DeathReason,
  state: LinkState,
  atMs: number,
): Failure {
  const nothing = `${port}: nothing came in through ${name} for ${Math.round((atMs - state.heardAtMs) / 1_000)} s`;
  switch (dead) {
    case "echo":
      return failure("LinkDead", `${nothing}, and the modem's own PPP no longer answers`, "LCP echo");
    case "packets":
      return failure("LinkDead", `${nothing}, though packets were sent`);
    case "probes":
      return failure("LinkDead", `${nothing}, and ${state.probes} probes were not answered`, "DNS query");
  }
}
