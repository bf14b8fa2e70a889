import { type Failure, failure } from "../../machines/failure.ts";
import type { LinkEvent, WatchedLink } from "../../machines/uplinks/effects.ts";
import { readTraffic, type Traffic } from "../net/traffic.ts";
import type { UplinkId } from "../net/types.ts";
import { EchoNotes } from "../ppp/echo-file.ts";
import { Chatter } from "./chatter.ts";
import {
  beginWatch,
  type DeathReason,
  IDLE_LOOK_MS,
  isAnswered,
  type Judgement,
  judgeLink,
  type Known,
  type LinkState,
  LOOK_MS,
  type Look,
  UNKNOWN,
} from "./judge-link.ts";
import { openProbe, type Probe } from "./probe.ts";
import { type HealthLimits, qualityText } from "./quality.ts";

/**
 * A look that comes so late was kept waiting by a busy computer. What is asked and answered over a link was kept waiting
 * too, so that time counts against no link: else all of them would be dead at once.
 */
const LATE_MS = 300;

type Echo = Pick<EchoNotes, "mark" | "close">;

export interface LinkWatchOptions {
  /** Asked where the network's own name servers are none, or say nothing. IPv4. */
  readonly servers: () => readonly string[];
  /** Told what all interfaces have carried at each look. */
  readonly looked?: (traffic: ReadonlyMap<string, Traffic>, atMs: number) => void;
  readonly limits: () => HealthLimits;
  /** In ms, never going back; this and the rest for tests. */
  readonly now?: () => number;
  readonly openProbe?: typeof openProbe;
  readonly readTraffic?: typeof readTraffic;
  readonly openEcho?: (interfaceName: string) => Echo;
}

interface Watched {
  readonly id: UplinkId;
  readonly interface: string;
  readonly onProbation: boolean;
  readonly probe: Probe;
  readonly echo: Echo;
  readonly chatter: Chatter;
  readonly emit: (event: LinkEvent) => void;
  /** null: not looked at yet. */
  state: LinkState | null;
}

/**
 * Watches links that are up for data that comes through them, and how well it does. Nothing tells that nothing came, so
 * the kernel's counters are looked at, all links' in one file: twice a second while one is in use, each other second while
 * all are idle. A look changes nothing on the air; what is sent, and what is thought of a link, is
 * decided in judge-link.ts and quality.ts.
 */
export class LinkWatch {
  readonly #options: Required<LinkWatchOptions>;
  readonly #links = new Set<Watched>();
  readonly #known = new Map<UplinkId, Known>();
  #timer: NodeJS.Timeout | undefined;
  /** When the next look should come. */
  #dueMs = 0;
  /** Time in which this computer was too busy to look. */
  #lostMs = 0;

  constructor(options: LinkWatchOptions) {
    const openEcho = (name: string): Echo => new EchoNotes(name);
    this.#options = {
      looked: () => {},
      now: () => performance.now(),
      openProbe,
      readTraffic,
      openEcho,
      ...options,
    };
  }

  /** Reports what LinkEvent says; the returned function ends the watch, and may be called again. */
  watch({ id, link, onProbation = false }: WatchedLink, emit: (event: LinkEvent) => void): () => void {
    const before = this.#known.get(id) ?? UNKNOWN;
    // A link that is not there for one that died may be another network's.
    const known = onProbation ? before : { ...UNKNOWN, doubted: before.doubted };
    this.#known.set(id, known);
    const servers = (): readonly string[] => [...link.dns, ...this.#options.servers()];
    const watched: Watched = {
      id,
      interface: link.interface,
      onProbation,
      probe: this.#options.openProbe(link.address, servers),
      echo: this.#options.openEcho(link.interface),
      chatter: new Chatter(typeof link.via === "string", known.answered),
      emit,
      state: null,
    };
    this.#links.add(watched);
    this.#lookIn(LOOK_MS);
    // Where nothing is ever answered nothing can be shown: such networks are not shut out for it.
    if (onProbation && !known.answered) emit({ type: "link.well" });
    return () => this.#end(watched);
  }

  #end(link: Watched): void {
    if (!this.#links.delete(link)) return;
    link.probe.close();
    link.echo.close();
    if (this.#links.size === 0) clearTimeout(this.#timer);
  }

  /** @param lateMs how late the look before was: the next one is not for that, or ten of them would take eleven seconds. */
  #lookIn(ms: number, lateMs = 0): void {
    clearTimeout(this.#timer);
    const waitMs = lateMs > LATE_MS ? ms : Math.max(0, ms - lateMs);
    this.#dueMs = this.#options.now() + waitMs;
    this.#timer = setTimeout(() => this.#look(), waitMs);
  }

  #look(): void {
    const links = [...this.#links];
    // Before the counters, so that an answer is never newer than the bytes that it came in.
    const news = links.map(({ probe }) => probe.take());
    const traffic = this.#options.readTraffic();
    const nowMs = this.#options.now();
    this.#options.looked(traffic, nowMs);
    const lateMs = nowMs - this.#dueMs;
    if (lateMs > LATE_MS) this.#lostMs += lateMs;
    const atMs = nowMs - this.#lostMs;
    let lookInMs = IDLE_LOOK_MS;
    for (const [index, link] of links.entries()) {
      const counted = traffic.get(link.interface);
      const probed = news[index];
      // Gone: pppd's end tells of that.
      if (counted === undefined || probed === undefined || !this.#links.has(link)) continue;
      const rxBytes = link.chatter.without(counted.rxBytes, isAnswered(probed));
      const look = { atMs, ...counted, rxBytes, ...probed, echo: link.echo.mark() };
      lookInMs = Math.min(lookInMs, this.#judge(link, look));
    }
    if (this.#links.size > 0) this.#lookIn(lookInMs, lateMs);
  }

  /** When the next look at this link should come. */
  #judge(link: Watched, look: Look): number {
    const before = link.state;
    if (before === null) {
      link.state = beginWatch(look, this.#known.get(link.id) ?? UNKNOWN, link.onProbation);
      return LOOK_MS;
    }
    const limits = this.#options.limits();
    const { state, probe, change, lookInMs } = judgeLink(before, look, limits);
    link.state = state;
    this.#known.set(link.id, state.known);
    if (probe !== null) link.probe.send(probe);
    const event = eventOf(link, change, { silentMs: look.atMs - before.heardAtMs, probes: before.probes, limits });
    if (event?.type === "link.dead") this.#end(link);
    if (event !== null) link.emit(event);
    return event?.type === "link.dead" ? IDLE_LOOK_MS : lookInMs;
  }
}

function eventOf(
  { id, interface: name, state }: Watched,
  change: Judgement["change"],
  { silentMs, probes, limits }: { silentMs: number; probes: number; limits: HealthLimits },
): LinkEvent | null {
  if (change === null || state === null) return null;
  if (change === "well") return { type: "link.well" };
  if (change === "suspect") {
    const message = `${id}: ${name} does badly: ${qualityText(state.quality, limits)}`;
    return { type: "link.suspect", failure: failure("LinkSuspect", message, "DNS query") };
  }
  const nothing = `${id}: nothing came in through ${name} for ${Math.round(silentMs / 1_000)} s`;
  return { type: "link.dead", failure: deathFailure(change, nothing, probes) };
}

function deathFailure(reason: DeathReason, nothing: string, probes: number): Failure {
  switch (reason) {
    case "echo":
      return failure("LinkDead", `${nothing}, and the modem's own PPP no longer answers`, "LCP echo");
    case "packets":
      return failure("LinkDead", `${nothing}, though packets were sent`);
    case "probes":
    case "probation":
      return failure("LinkDead", `${nothing}, and ${probes} probes were not answered`, "DNS query");
  }
}
