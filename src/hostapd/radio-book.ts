import { type Failure, FailureError, failure } from "../../machines/failure.ts";
import type { ServingEvent } from "../../machines/radio/effects.ts";
import { interfaceNamed, parseLogLine } from "./log-line.ts";

type Watcher = (event: ServingEvent) => void;

interface Radio {
  /** Told once how its start ended. */
  readonly started: (end: Failure | null) => void;
  isServing: boolean;
  readonly stations: Set<string>;
  /** What hostapd said while it was being started. */
  readonly said: string[];
}

/** The first ones name the cause; what follows are the consequences. */
const KEPT_LINES = 6;
const LOST = "its interface went down or away, so hostapd serves it no longer";
/** What hostapd says of every radio that it takes in or gives up. */
const NOISE =
  /^$|^Configuration file: |^Adding interface .* failed$|^hostapd_free_hapd_data: |^nl80211: deinit |: (?:interface state |AP-DISABLED|CTRL-EVENT-TERMINATING|Unable to setup interface)/;

/** The radios that hostapd has, and what its log says of them. */
export class RadioBook {
  private readonly radios = new Map<string, Radio>();
  private readonly watchers = new Map<string, Set<Watcher>>();

  has(name: string): boolean {
    return this.radios.has(name);
  }

  isServing(name: string): boolean {
    return this.radios.get(name)?.isServing === true;
  }

  /** From here on, what hostapd says of it or of none by name is about its start; resolves when it serves. */
  begin(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.radios.set(name, {
        started: (end) => (end === null ? resolve() : reject(new FailureError(end.kind, end.message))),
        isServing: false,
        stations: new Set(),
        said: [],
      });
    });
  }

  /** Why its start failed, in hostapd's words. */
  refusal(name: string, what: string): Failure {
    const said = this.radios.get(name)?.said ?? [];
    const kind = said.some((line) => /resource busy/.test(line)) ? "InterfaceBusy" : "HostapdRefused";
    return failure(kind, `${name}: ${what}${said.length === 0 ? "" : `; it said: ${said.join(" / ")}`}`);
  }

  /** It is being taken out: what hostapd says of it is no news. */
  end(name: string): void {
    this.radios.delete(name);
  }

  hear(line: string): void {
    const named = interfaceNamed(line);
    for (const [name, radio] of this.radios) {
      const isAbout = named === name || named === null || !this.radios.has(named);
      if (!radio.isServing && isAbout && !NOISE.test(line) && radio.said.length < KEPT_LINES) radio.said.push(line);
    }
    const news = parseLogLine(line);
    const radio = news === null ? undefined : this.radios.get(news.interface);
    if (news === null || radio === undefined) return;
    switch (news.type) {
      case "enabled":
        radio.isServing = true;
        radio.said.length = 0;
        radio.started(null);
        break;
      case "disabled":
        this.fail(news.interface, this.refusal(news.interface, radio.isServing ? LOST : "hostapd could not start it"));
        break;
      case "joined":
        if (!radio.isServing) break;
        radio.stations.add(news.mac);
        this.tell(news.interface, { type: "station.joined", mac: news.mac });
        break;
      case "left":
        if (radio.stations.delete(news.mac)) this.tell(news.interface, { type: "station.left", mac: news.mac });
        break;
    }
  }

  /** hostapd has ended; null: as it was asked to, which is no news to who watches. */
  failAll(reason: Failure | null): void {
    for (const [name, radio] of this.radios) {
      if (reason === null) radio.started(failure("HostapdRefused", `${name}: hostapd was ended`));
      else this.fail(name, reason);
    }
    this.radios.clear();
  }

  watch(name: string, emit: Watcher): () => void {
    const watchers = this.watchers.get(name) ?? new Set();
    this.watchers.set(name, watchers.add(emit));
    const radio = this.radios.get(name);
    if (radio?.isServing !== true) {
      const reason = failure("HostapdRefused", `${name}: ${LOST}`);
      queueMicrotask(() => this.tell(name, { type: "radio.failed", failure: reason }));
    }
    for (const mac of radio?.stations ?? []) emit({ type: "station.joined", mac });
    return () => watchers.delete(emit);
  }

  /** The radios that have stations, with those. */
  occupied(): Map<string, ReadonlySet<string>> {
    const serving = [...this.radios].filter(([, radio]) => radio.isServing && radio.stations.size > 0);
    return new Map(serving.map(([name, { stations }]) => [name, stations]));
  }

  private fail(name: string, reason: Failure): void {
    const radio = this.radios.get(name);
    if (radio === undefined) return;
    radio.started(reason);
    if (radio.isServing) this.tell(name, { type: "radio.failed", failure: reason });
    radio.isServing = false;
    radio.stations.clear();
  }

  private tell(name: string, event: ServingEvent): void {
    const watchers = this.watchers.get(name);
    for (const watcher of [...(watchers ?? [])]) {
      // Nothing follows a radio's failure.
      if (event.type === "radio.failed") watchers?.delete(watcher);
      watcher(event);
    }
  }
}
