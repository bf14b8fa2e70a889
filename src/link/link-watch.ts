import { type Failure, failure } from "../../machines/failure.ts";
import type { LinkEvent, WatchedLink } from "../../machines/uplinks/effects.ts";
import { readAllTraffic, type Traffic } from "../net/traffic.ts";
import type { UplinkId } from "../net/types.ts";
import { EchoNotes } from "../ppp/echo-file.ts";
import {
  beginWatch,
  type DeathReason,
  IDLE_LOOK_MS,
  judgeLink,
  type LinkState,
  LOOK_MS,
  type Look,
} from "./judge-link.ts";
import { openProbe, type Probe } from "./probe.ts";

type Echo = Pick<EchoNotes, "mark" | "close">;

export interface LinkWatchOptions {
  /** Asked where the network's own name servers are none, or say nothing. IPv4. */
  readonly servers: () => readonly string[];
  /** Told what all interfaces have carried at each look. */
  readonly looked?: (traffic: ReadonlyMap<string, Traffic>, atMs: number) => void;
  /** For tests. */
  readonly openProbe?: typeof openProbe;
  readonly readTraffic?: typeof readAllTraffic;
  readonly openEcho?: (interfaceName: string) => Echo;
}

interface Watched {
  readonly id: UplinkId;
  readonly interface: string;
  readonly probe: Probe;
  readonly echo: Echo;
  readonly emit: (event: LinkEvent) => void;
  /** null: not looked at yet. */
  state: LinkState | null;
}

/**
 * Watches links that are up for data that comes through them. Nothing tells that nothing came, so the kernel's counters
 * are looked at, all links' in one file: each second, and each other second while all are idle. A look changes nothing on
 * the air; what is sent, and when a link counts as dead, is decided in judge-link.ts.
 */
export class LinkWatch {
  readonly #options: Required<LinkWatchOptions>;
  readonly #links = new Set<Watched>();
  /** Uplinks whose network may not answer probes; see LinkState. */
  readonly #doubted = new Set<UplinkId>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LinkWatchOptions) {
    const openEcho = (name: string): Echo => new EchoNotes(name);
    this.#options = { looked: () => {}, openProbe, readTraffic: readAllTraffic, openEcho, ...options };
  }

  /** Reports once when the link is dead; the returned function ends the watch, and may be called again. */
  watch({ id, link }: WatchedLink, emit: (event: LinkEvent) => void): () => void {
    const servers = (): readonly string[] => [...link.dns, ...this.#options.servers()];
    const watched: Watched = {
      id,
      interface: link.interface,
      probe: this.#options.openProbe(link.address, servers),
      echo: this.#options.openEcho(link.interface),
      emit,
      state: null,
    };
    this.#links.add(watched);
    this.#lookIn(LOOK_MS);
    return () => this.#end(watched);
  }

  #end(link: Watched): void {
    if (!this.#links.delete(link)) return;
    link.probe.close();
    void link.echo.close();
    if (this.#links.size === 0) clearTimeout(this.#timer);
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const links = [...this.#links];
    // Before the counters, so that an answer is never newer than the bytes that it came in.
    const answered = links.map(({ probe }) => probe.takeAnswered());
    const [traffic, echoes] = await Promise.all([
      this.#options.readTraffic(),
      Promise.all(links.map(({ echo }) => echo.mark())),
    ]);
    const atMs = performance.now();
    this.#options.looked(traffic, atMs);
    let allIdle = true;
    for (const [index, link] of links.entries()) {
      const counted = traffic.get(link.interface);
      // Gone: pppd's end tells of that.
      if (counted === undefined || !this.#links.has(link)) continue;
      const look = { atMs, ...counted, answered: answered[index] ?? false, echo: echoes[index] ?? null };
      if (this.#judge(link, look)) allIdle = false;
    }
    if (this.#links.size > 0) this.#lookIn(allIdle ? IDLE_LOOK_MS : LOOK_MS);
  }

  /** Whether the next look at this link should be soon. */
  #judge(link: Watched, look: Look): boolean {
    if (link.state === null) {
      link.state = beginWatch(look, this.#doubted.has(link.id));
      return true;
    }
    const before = link.state;
    const { state, probe, dead, soon } = judgeLink(before, look);
    link.state = state;
    if (state.doubted) this.#doubted.add(link.id);
    else this.#doubted.delete(link.id);
    if (probe) link.probe.send();
    if (dead === null) return soon;
    this.#end(link);
    link.emit({ type: "link.dead", failure: deathFailure(link, dead, before, look.atMs) });
    return false;
  }
}

function deathFailure({ id, interface: name }: Watched, dead: DeathReason, state: LinkState, atMs: number): Failure {
  const nothing = `${id}: nothing came in through ${name} for ${Math.round((atMs - state.heardAtMs) / 1_000)} s`;
  switch (dead) {
    case "echo":
      return failure("LinkDead", `${nothing}, and the modem's own PPP no longer answers`, "LCP echo");
    case "packets":
      return failure("LinkDead", `${nothing}, though packets were sent`);
    case "probes":
      return failure("LinkDead", `${nothing}, and ${state.probes} probes were not answered`, "DNS query");
  }
}
