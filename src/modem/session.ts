import { AsyncResource } from "node:async_hooks";
import { FailureError } from "../../machines/failure.ts";
import type { ModemFacts, ModemPorts } from "../../machines/modem/effects.ts";
import { AtChannel } from "../at/at-channel.ts";
import type { OpenSerialLine } from "../at/serial-line.ts";
import type { TranscriptLine } from "../at/types.ts";
import type { PortPath } from "../hotplug/types.ts";
import type { LinkRecord } from "../ppp/link-records.ts";
import type { Pppd } from "../ppp/run-pppd.ts";
import { endStray } from "../ppp/stray-pppd.ts";
import { asker } from "./asking.ts";
import type { OperatorBearer } from "./options.ts";

interface SessionOptions {
  readonly transcript: (port: PortPath, line: TranscriptLine) => void;
  readonly openLine?: OpenSerialLine;
}

/** What is open and known for the modem in one port, from findPorts or identify until release. */
export class ModemSession {
  readonly port: PortPath;
  ports: ModemPorts | null = null;
  facts: ModemFacts | null = null;
  /** What the operator database says for this SIM; holds user names and passwords. */
  operatorBearers: readonly OperatorBearer[] = [];
  pppd: Pppd | null = null;
  /** The APN of the last call. */
  apn = "";
  /** A link of an earlier agent, until the modem's supervisor asks for its pppd. */
  adopted: LinkRecord | null = null;
  private readonly channels = new Map<string, Promise<AtChannel>>();
  private readonly lineFreeListeners = new Set<() => void>();
  private readonly prepared = new WeakSet<AtChannel>();
  private readonly options: SessionOptions;
  /** The tty that carries a call: its bytes are pppd's. */
  private calling: string | null = null;
  private released = false;

  constructor(port: PortPath, options: SessionOptions) {
    this.port = port;
    this.options = options;
  }

  /** Whether commands and data share this tty. */
  isShared(tty: string): boolean {
    return this.ports?.at === tty;
  }

  /** The channel on a tty: the one that is open, or a new one. Rejects: DeviceGone, PortBusy, SystemRefused. */
  channel(tty: string): Promise<AtChannel> {
    if (tty === this.calling) return Promise.reject(new FailureError("PortBusy", `${tty} carries a call`));
    const channel = this.usableOrNew(tty, this.channels.get(tty));
    this.channels.set(tty, channel);
    return channel;
  }

  /** Closes the tty's channel, if there is one. Never rejects. */
  async close(tty: string): Promise<void> {
    const open = this.channels.get(tty);
    this.channels.delete(tty);
    await (await open?.catch(() => null))?.close();
  }

  /** Whether the init commands still have to be sent on this channel; true once. */
  needsInit(channel: AtChannel): boolean {
    if (this.prepared.has(channel)) return false;
    this.prepared.add(channel);
    return true;
  }

  /** The call on this tty is made: no channel is opened on it until the line is free. */
  callMade(tty: string): void {
    this.calling = tty;
  }

  carriesCall(tty: string): boolean {
    return this.calling === tty;
  }

  /** Called when pppd has ended: a call cannot be made any more, and a tty used for both carries commands again. */
  onLineFree(listener: () => void): () => void {
    // What it asks then it asks for itself, and not for the call that has ended.
    const own = AsyncResource.bind(listener);
    this.lineFreeListeners.add(own);
    return () => this.lineFreeListeners.delete(own);
  }

  lineFree(): void {
    this.calling = null;
    this.pppd = null;
    for (const listener of [...this.lineFreeListeners]) listener();
  }

  /** Closes everything; what is being opened is closed as soon as it is open. */
  async release(): Promise<void> {
    this.released = true;
    this.lineFreeListeners.clear();
    // Nobody came to follow it.
    if (this.adopted !== null) await endStray(this.adopted.pid);
    await Promise.all([...this.channels.keys()].map((tty) => this.close(tty)));
  }

  private async usableOrNew(tty: string, previous: Promise<AtChannel> | undefined): Promise<AtChannel> {
    const old = await previous?.catch(() => null);
    if (old?.usable) return old;
    await old?.close();
    const { openLine, transcript } = this.options;
    const channel = await AtChannel.open(tty, {
      transcript: (line) => transcript(this.port, line),
      asker,
      ...(openLine ? { openLine } : {}),
    });
    if (!this.released) return channel;
    await channel.close();
    throw new FailureError("DeviceGone", `${this.port} was released`);
  }
}
