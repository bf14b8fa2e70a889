import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv4 } from "node:net";
import { answeredId, dnsQuery } from "./dns-query.ts";

const DNS_PORT = 53;
/** Answers to older questions are no longer waited for. */
const MOST_OPEN = 16;

/** Asks over one link. */
export interface Probe {
  /** Sends one question. */
  send(): void;
  /** Whether one was answered since this was last called. */
  takeAnswered(): boolean;
  close(): void;
}

/**
 * A socket with the link's own address: our rule `from ADDRESS lookup TABLE` sends its packets out by that link, whether
 * or not the link is in the main table. Questions go to `servers` in turn, changing over after each that was not
 * answered. What cannot be sent, or even bound, is not told: the interface's counters show what left.
 */
export function openProbe(address: string, servers: () => readonly string[]): Probe {
  return new DnsProbe(address, servers);
}

class DnsProbe implements Probe {
  private readonly servers: () => readonly string[];
  private readonly socket: Socket;
  private readonly open = new Set<number>();
  private turn = 0;
  private answered = false;
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

  send(): void {
    const servers = this.servers().filter(isElsewhere);
    if (this.open.size > 0) this.turn += 1;
    const server = servers[this.turn % Math.max(servers.length, 1)];
    if (server === undefined || !this.usable) return;
    const id = randomInt(0x10000);
    this.open.add(id);
    for (const oldest of this.open) if (this.open.size > MOST_OPEN) this.open.delete(oldest);
    this.socket.send(dnsQuery(id), DNS_PORT, server, () => undefined);
  }

  takeAnswered(): boolean {
    const answered = this.answered;
    this.answered = false;
    return answered;
  }

  close(): void {
    this.usable = false;
    this.socket.close();
  }

  private hear(datagram: Uint8Array): void {
    const id = answeredId(datagram);
    if (id === null || !this.open.has(id)) return;
    this.open.clear();
    this.answered = true;
  }
}

/** An address that can only be beyond the link: a network could name our own resolver, which would answer for a dead link. */
function isElsewhere(address: string): boolean {
  const first = Number(address.split(".")[0]);
  return isIPv4(address) && first !== 0 && first !== 127 && first < 224;
}
