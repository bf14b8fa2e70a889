import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv4 } from "node:net";
import { answeredId, dnsQuery } from "./dns-query.ts";
import type { ProbeNews } from "./quality.ts";

const DNS_PORT = 53;
/** Answers to older questions are no longer waited for. */
const MOST_OPEN = 16;

/** Asks over one link. */
export interface Probe {
  /** Sends one question, to be answered within `patienceMs`. */
  send(patienceMs: number): void;
  /** What came of questions since this was last called. */
  take(): ProbeNews;
  close(): void;
}

interface Question {
  readonly server: string;
  readonly askedAtMs: number;
  readonly patienceMs: number;
  /** It was told that no answer came in time. */
  isToldOf: boolean;
}

/**
 * A socket with the link's own address: our rule `from ADDRESS lookup TABLE` sends its packets out by that link, whether
 * or not the link is in the main table. Questions go to `servers` in turn, changing over after each that was not
 * answered; every other one to a server that did answer over this link, if any: only its silence says something. What cannot be sent, or even bound, is not told: the interface's counters show what left.
 */
export function openProbe(address: string, servers: () => readonly string[]): Probe {
  return new DnsProbe(address, servers);
}

class DnsProbe implements Probe {
  private readonly servers: () => readonly string[];
  private readonly socket: Socket;
  private readonly open = new Map<number, Question>();
  /** Servers that have answered over this link: only of those it says something when they do not. */
  private readonly answering = new Set<string>();
  private readonly inTimeMs: number[] = [];
  private readonly failedAtMs: number[] = [];
  private readonly lateMs: number[] = [];
  private turn = 0;
  private waits = false;
  private usable = false;

  constructor(address: string, servers: () => readonly string[]) {
    this.servers = servers;
    this.socket = createSocket("udp4");
    this.socket.once("listening", () => {
      this.usable = true;
    });
    this.socket.on("error", () => {
      this.usable = false;
    });
    this.socket.on("message", (datagram) => this.hear(datagram));
    this.socket.bind({ address, port: 0, exclusive: true });
  }

  send(patienceMs: number): void {
    const servers = this.servers().filter(isElsewhere);
    if (this.waits) this.turn += 1;
    const server = serverFor(this.turn, servers, this.answering);
    if (server === undefined || !this.usable) return;
    const id = randomInt(0x10000);
    this.open.set(id, { server, askedAtMs: performance.now(), patienceMs, isToldOf: false });
    this.waits = true;
    for (const oldest of this.open.keys()) if (this.open.size > MOST_OPEN) this.open.delete(oldest);
    this.socket.send(dnsQuery(id), DNS_PORT, server, () => undefined);
  }

  take(): ProbeNews {
    const nowMs = performance.now();
    this.noteOverdue(nowMs);
    const lateMs = this.lateMs.splice(0).at(-1) ?? null;
    const failedAgoMs = this.failedAtMs.splice(0).map((askedAtMs) => nowMs - askedAtMs);
    return { inTimeMs: this.inTimeMs.splice(0), failedAgoMs, lateMs };
  }

  close(): void {
    this.usable = false;
    this.socket.close();
  }

  private noteOverdue(nowMs: number): void {
    for (const question of this.open.values()) {
      if (nowMs - question.askedAtMs > question.patienceMs && this.answering.has(question.server)) this.fail(question);
    }
  }

  private fail(question: Question): void {
    if (!question.isToldOf) this.failedAtMs.push(question.askedAtMs);
    question.isToldOf = true;
  }

  private hear(datagram: Uint8Array): void {
    const id = answeredId(datagram);
    const question = id === null ? undefined : this.open.get(id);
    if (id === null || question === undefined) return;
    this.open.delete(id);
    this.waits = false;
    this.turn = 0;
    this.answering.add(question.server);
    const tookMs = performance.now() - question.askedAtMs;
    if (tookMs <= question.patienceMs) this.inTimeMs.push(tookMs);
    else {
      this.fail(question);
      this.lateMs.push(tookMs);
    }
  }
}

/** Whom to ask when `turn` questions in a row were not answered: every other time one of those that have answered before. */
export function serverFor(
  turn: number,
  servers: readonly string[],
  answering: ReadonlySet<string>,
): string | undefined {
  const proven = servers.filter((server) => answering.has(server));
  const others = servers.filter((server) => !answering.has(server));
  if (proven.length === 0 || others.length === 0) return servers[turn % Math.max(servers.length, 1)];
  const from = turn % 2 === 0 ? proven : others;
  return from[(turn >> 1) % from.length];
}

/** An address that can only be beyond the link: a network could name our own resolver, which would answer for a dead link. */
function isElsewhere(address: string): boolean {
  const first = Number(address.split(".")[0]);
  return isIPv4(address) && first !== 0 && first !== 127 && first < 224;
}
