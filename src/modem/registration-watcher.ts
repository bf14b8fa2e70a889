import { FailureError, failureFrom } from "../../machines/failure.ts";
import type { ModemPorts, Registration, RegistrationEvent } from "../../machines/modem/effects.ts";
import { parseOperator } from "../at/answers/operator.ts";
import {
  type Domain,
  type DomainRegistration,
  mergeRegistrations,
  parseRegistration,
} from "../at/answers/registration.ts";
import { parseSignal } from "../at/answers/signal.ts";
import { parseSimState } from "../at/answers/sim.ts";
import { parseSimEvent } from "../at/answers/sim-event.ts";
import type { AtChannel } from "../at/at-channel.ts";
import type { ModemSession } from "./session.ts";
import { simFailure } from "./sim-failure.ts";
import { linesOf } from "./tolerant.ts";

const DOMAINS: readonly Domain[] = ["+CEREG", "+CGREG", "+CREG"];
/** While not registered, or where the modem does not speak by itself. */
const SEARCH_MS = 5_000;
/** While registered: signal each time, the rest, which the modem tells by itself when it changes, each 10th time. */
const REFRESH_MS = 30_000;
const FULL_REFRESH = 10;
/** Silences in a row after which the port counts as dead. */
const MAX_SILENCES = 2;

/**
 * Follows registration, operator and signal on the AT port until stopped. Unsolicited codes come first; reading is for
 * what they do not tell. On a tty that carries the call as well it pauses while the call lasts.
 */
export class RegistrationWatcher {
  private readonly session: ModemSession;
  private readonly ports: ModemPorts;
  private readonly emit: (event: RegistrationEvent) => void;
  private readonly stopping = new AbortController();
  private readonly domains = new Map<Domain, DomainRegistration>();
  private detach: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private channel: AtChannel | null = null;
  private readable: readonly Domain[] = [];
  private speaks = false;
  private reading = false;
  private readAgain = false;
  private silences = 0;
  private refreshes = 0;
  private operator: { operator: string | null; technology: string | null } = { operator: null, technology: null };
  private signalDbm: number | null = null;
  private last = "";

  constructor(session: ModemSession, ports: ModemPorts, emit: (event: RegistrationEvent) => void) {
    this.session = session;
    this.ports = ports;
    this.emit = emit;
  }

  start(): void {
    const resume = this.session.onLineFree(() => {
      if (this.ports.at === this.ports.data) void this.attach();
    });
    this.stopping.signal.addEventListener("abort", resume, { once: true });
    void this.attach();
  }

  stop(): void {
    this.stopping.abort();
    this.leave();
  }

  private leave(): void {
    clearTimeout(this.timer);
    for (const off of this.detach) off();
    this.detach = [];
    this.channel = null;
  }

  /** Takes the port's channel, makes the modem speak, and reads once. */
  private async attach(): Promise<void> {
    const { signal } = this.stopping;
    if (signal.aborted) return;
    try {
      const channel = await this.session.channel(this.ports.at);
      if (channel === this.channel) this.readSoon(0);
      if (signal.aborted || channel === this.channel) return;
      this.leave();
      this.channel = channel;
      this.detach = [channel.onUnsolicited((line) => this.heard(line)), channel.onEnd((error) => this.fail(error))];
      this.readable = DOMAINS;
      this.speaks = false;
      for (const domain of DOMAINS) {
        // 2: with cell and access technology; some modems know only 1.
        const told =
          (await linesOf(channel, `AT${domain}=2`, { signal })) ??
          (await linesOf(channel, `AT${domain}=1`, { signal }));
        if (told !== null) this.speaks = true;
        await this.readDomain(channel, domain, signal);
        // The call waits for this word and for nothing that is asked after it.
        if (this.registered) this.tell();
      }
      this.tell();
      await this.checkSim(channel, signal);
      await linesOf(channel, "AT+COPS=3,0", { signal });
      await this.readSignal(channel, signal);
      await this.readOperator(channel, signal);
      this.tell();
      this.refreshes = 1;
      this.readSoon(this.settled ? REFRESH_MS : SEARCH_MS);
    } catch (error) {
      this.troubled(error);
      this.readSoon(SEARCH_MS);
    }
  }

  private heard(line: string): void {
    const news = parseRegistration(line);
    if (news === null) {
      // Registration follows, but not at once, and not on all modems by a code of its own.
      if (parseSimEvent(line) !== null) this.readAllSoon();
      return;
    }
    const before = mergeRegistrations([...this.domains.values()])?.status;
    this.domains.set(news.domain, news);
    this.tell();
    // Operator and signal go with the new state, and no code tells them.
    if (mergeRegistrations([...this.domains.values()])?.status !== before) this.readAllSoon();
  }

  private readAllSoon(): void {
    this.refreshes = 0;
    this.readSoon(0);
  }

  private readSoon(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.reading) this.readAgain = true;
    else if (!this.stopping.signal.aborted && this.channel?.usable)
      this.timer = setTimeout(() => void this.read(), afterMs);
  }

  private async read(): Promise<void> {
    const { channel } = this;
    const { signal } = this.stopping;
    if (channel === null || this.reading) return;
    this.reading = true;
    this.readAgain = false;
    try {
      const signalOnly = this.settled && this.refreshes++ % FULL_REFRESH !== 0;
      if (!signalOnly) {
        for (const domain of this.readable) await this.readDomain(channel, domain, signal);
        this.tell();
      }
      await this.readSignal(channel, signal);
      if (!signalOnly) await this.readOperator(channel, signal);
      this.tell();
      await this.checkSim(channel, signal);
      this.silences = 0;
    } catch (error) {
      this.troubled(error);
    } finally {
      this.reading = false;
    }
    if (this.channel !== channel) return;
    this.readSoon(this.readAgain ? 0 : this.settled ? REFRESH_MS : SEARCH_MS);
  }

  /** Without a network the reason may be the SIM: it was taken out, or the modem has started anew by itself. */
  private async checkSim(channel: AtChannel, signal: AbortSignal): Promise<void> {
    if (this.registered) return;
    const state = parseSimState(await channel.command("AT+CPIN?", { timeoutMs: 5_000, signal }));
    if (state === "ready" || state === "busy" || state === "unknown") return;
    if (state !== "pin") throw simFailure(state, this.session.port);
    // It was unlocked before: nobody has to be asked for the PIN that is known.
    throw new FailureError("SimBusy", `${this.session.port}: the SIM is locked again`, { tried: "AT+CPIN?" });
  }

  private async readSignal(channel: AtChannel, signal: AbortSignal): Promise<void> {
    const csq = await linesOf(channel, "AT+CSQ", { signal });
    if (csq !== null) this.signalDbm = parseSignal(csq);
  }

  private async readOperator(channel: AtChannel, signal: AbortSignal): Promise<void> {
    const cops = this.registered ? await linesOf(channel, "AT+COPS?", { signal, timeoutMs: 5_000 }) : null;
    this.operator = parseOperator(cops ?? []);
  }

  private async readDomain(channel: AtChannel, domain: Domain, signal: AbortSignal): Promise<void> {
    const lines = await linesOf(channel, `AT${domain}?`, { signal });
    if (lines === null) {
      this.readable = this.readable.filter((other) => other !== domain);
      return;
    }
    for (const line of lines) {
      const news = parseRegistration(line);
      if (news !== null) this.domains.set(news.domain, news);
    }
  }

  /** Registered, and what changes is told unasked. */
  private get settled(): boolean {
    return this.registered && this.speaks;
  }

  private get registered(): boolean {
    const status = mergeRegistrations([...this.domains.values()])?.status;
    return status === "home" || status === "roaming";
  }

  /** Reports when something changed. */
  private tell(): void {
    if (this.stopping.signal.aborted) return;
    const merged = mergeRegistrations([...this.domains.values()]);
    const registration: Registration = {
      status: merged?.status ?? "unknown",
      technology: merged?.technology ?? this.operator.technology,
      operator: this.operator.operator,
      signalDbm: this.signalDbm,
    };
    const text = JSON.stringify(registration);
    if (text === this.last) return;
    this.last = text;
    this.emit({ type: "registration.changed", registration });
  }

  /** One silence may be a modem busy with its network; a call on this very tty, or our own stop, is no trouble at all. */
  private troubled(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const failure = failureFrom(error);
    const handedOver = failure.kind === "PortBusy" && this.ports.at === this.ports.data;
    if (handedOver || (this.channel !== null && !this.channel.usable)) return;
    this.silences += 1;
    if (failure.kind === "PortSilent" && this.silences < MAX_SILENCES) this.readAgain = true;
    else this.fail(error);
  }

  private fail(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    this.stop();
    this.emit({ type: "registration.failed", failure: failureFrom(error) });
  }
}
