import { explanationOf } from "../../src/cli/render-explanation.ts";
import { type Page, renderStatus } from "../../src/cli/render-status.ts";
import { parsePortPath } from "../../src/hotplug/types.ts";
import { parseLine } from "../../src/journal/parse-line.ts";
import { Box } from "../bus/box.ts";
import { carrierNames } from "../bus/carriers/addresses.ts";
import type { ClientResult } from "../bus/carriers/client-job.ts";
import { bootGuest } from "../bus/guest/boot.ts";
import type { Guest } from "../bus/guest/guest.ts";
import { barChart } from "./bar-chart.ts";
import { AGENT_SOCKET, followEvents } from "./follow-events.ts";
import type { Printer } from "./print.ts";
import { paintOf, say } from "./say.ts";
import { PORTS, type Thing } from "./things.ts";

/** How the connections of a test came out. */
export interface Split {
  readonly failed: number;
  /** Each link's share is within one connection of what its weight promises. */
  readonly isByWeight: boolean;
}

/** The guest with wanherd in it, and what show and viewer can do with it. Ports are numbers here, as on the hub. */
export class Stage {
  readonly box: Box;
  readonly #guest: Guest;
  readonly #print: Printer;
  readonly #plugged = new Map<string, Thing>();
  #endEvents: () => Promise<void> = async () => {};

  private constructor(guest: Guest, box: Box, print: Printer) {
    this.#guest = guest;
    this.box = box;
    this.#print = print;
    box.bus.onGone(({ port, reason }) => {
      this.#plugged.delete(port);
      print.act(`${port}: the device has left by itself (${reason})`);
    });
  }

  /** Boots the guest and sets everything up in it. @throws with what is missing, and how to get it. */
  static async set(print: Printer): Promise<Stage> {
    print.step("booting Debian 13 in QEMU");
    const guest = await bootGuest({ log: (line) => print.step(line) });
    try {
      print.step("making a USB bus, seven carriers, an internet, and a LAN with one client");
      const box = await Box.install(guest, PORTS);
      print.good("ready; nothing that happens in there leaves it");
      return new Stage(guest, box, print);
    } catch (error) {
      await guest.close();
      throw error;
    }
  }

  /** Starts the agent and shows what it does from then on. */
  async startAgent(): Promise<void> {
    const { style } = this.#print.terminal;
    await this.box.start();
    this.#endEvents = await followEvents(this.#guest, (entry) => {
      const said = say(entry);
      if (said !== null) this.#print.event(entry.port, said.what, said.why, paintOf(said, style));
    });
  }

  isOccupied(number: number): boolean {
    return this.#plugged.has(this.box.bus.port(number));
  }

  async plug(number: number, thing: Thing): Promise<void> {
    const port = this.box.bus.port(number);
    this.#print.act(`into port ${port}: ${thing.name}`);
    await this.box.bus.plug(port, thing.model);
    this.#plugged.set(port, thing);
  }

  async pull(number: number): Promise<void> {
    const port = this.box.bus.port(number);
    this.#print.act(`out of port ${port}: ${this.#plugged.get(port)?.name ?? "nothing"}`);
    await this.box.bus.unplug(port);
    this.#plugged.delete(port);
  }

  async showStatus(): Promise<void> {
    this.#print.block(renderStatus(await this.box.status(), this.#page()));
  }

  async explain(number: number): Promise<void> {
    const port = this.box.bus.port(number);
    const url = `http://localhost/v1/events?port=${port}&limit=200`;
    const [status, { stdout }] = await Promise.all([
      this.box.status(),
      this.#guest.exec(["curl", "-sf", "--unix-socket", AGENT_SOCKET, url]),
    ]);
    const entries = stdout.split("\n").flatMap((line) => parseLine(line) ?? []);
    const path = parsePortPath(port);
    const told = path === null ? null : explanationOf(path, status, entries, this.#page());
    if (told !== null) this.#print.block(told);
  }

  /** Makes connections from the LAN's client and draws how they were spread. */
  async showSplit(connections: number): Promise<Split> {
    await this.box.bus.counts({ reset: true });
    const { downloads } = await this.box.bus.download({ connections, concurrency: 10, bytes: 2_000 });
    const [counts, { uplinks }] = await Promise.all([this.box.bus.counts(), this.box.status()]);
    const total = uplinks.reduce((sum, { weight }) => sum + weight, 0);
    const shares = uplinks.map(({ port, address, weight }) => {
      const value = counts[address] ?? 0;
      return { label: `${port} ×${weight}`, value, promised: (connections * weight) / total };
    });
    const bars = shares.map((share) => {
      const percent = Math.round((100 * share.value) / connections);
      return { ...share, text: `${share.value} connections, ${percent} %` };
    });
    this.#print.block(bars.length === 0 ? "  no link is in the pool" : barChart(bars, this.#print.columns));
    return {
      failed: downloads.filter(({ complete }) => !complete).length,
      isByWeight: shares.every(({ value, promised }) => Math.abs(value - promised) <= 1),
    };
  }

  /** Draws what each link has brought, and how many of its downloads are whole. */
  showDownloads({ downloads }: ClientResult): void {
    const bars = PORTS.flatMap((number) => {
      const own = downloads.filter(({ via }) => via === clientAddress(number));
      if (own.length === 0) return [];
      const bytes = own.reduce((sum, download) => sum + download.bytes, 0);
      const whole = own.filter(({ complete }) => complete).length;
      const text = `${Math.round(bytes / 1000)} kB, ${whole} of ${own.length} downloads whole`;
      return [{ label: this.box.bus.port(number), value: bytes, text }];
    });
    this.#print.block(barChart(bars, this.#print.columns));
  }

  /** Ends the guest, whatever is going on in it; asking again does no harm. */
  async strike(): Promise<void> {
    await this.#endEvents().catch(() => {});
    await this.#guest.close();
  }

  #page(): Page {
    return { now: new Date(), columns: this.#print.columns, style: this.#print.terminal.style };
  }
}

/** As the internet sees the link in this port. */
export function clientAddress(number: number): string {
  return carrierNames(number).pppRemote;
}
