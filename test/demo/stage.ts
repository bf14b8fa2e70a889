import { renderExplanation } from "../../src/cli/render-explanation.ts";
import { type Page, renderStatus } from "../../src/cli/render-status.ts";
import { Box } from "../bus/box.ts";
import { bootGuest } from "../bus/guest/boot.ts";
import type { Guest } from "../bus/guest/guest.ts";
import { barChart } from "./bar-chart.ts";
import { followEvents } from "./follow-events.ts";
import { PORTS } from "./models.ts";
import type { Printer } from "./print.ts";
import { say } from "./say.ts";

/** The guest with wanherd in it, and what show and viewer can do with it. */
export class Stage {
  readonly box: Box;
  readonly #guest: Guest;
  readonly #print: Printer;
  #endEvents: () => Promise<void> = async () => {};

  private constructor(guest: Guest, box: Box, print: Printer) {
    this.#guest = guest;
    this.box = box;
    this.#print = print;
  }

  static async set(print: Printer): Promise<Stage> {
    print.step("booting Debian 13 under QEMU; the very first run builds its image, which takes about a minute");
    const guest = await bootGuest({ log: (line) => print.step(line) });
    try {
      print.step("a virtual USB bus, seven carriers, an internet and a LAN with one client");
      return new Stage(guest, await Box.install(guest, PORTS), print);
    } catch (error) {
      await guest.close();
      throw error;
    }
  }

  /** Starts the agent and shows what it does from then on. */
  async startAgent(): Promise<void> {
    await this.box.start();
    this.#endEvents = await followEvents(this.#guest, (entry) => {
      const said = say(entry);
      if (said !== null) this.#print.event(entry.port, said.what, said.why, (text) => text);
    });
  }

  get #page(): Page {
    return { now: new Date(), columns: this.#print.columns, style: this.#print.terminal.style };
  }

  async showStatus(): Promise<void> {
    this.#print.block(renderStatus(await this.box.status(), this.#page));
  }

  async explain(port: string): Promise<void> {
    const { ports, uplinks } = await this.box.status();
    const found = ports.find((each) => each.port === port);
    if (found === undefined) return this.#print.note(`port ${port} is empty`);
    const uplink = uplinks.find((each) => each.port === port);
    this.#print.block(renderExplanation({ port: found, uplink, entries: [] }, this.#page));
  }

  /** Makes connections from the LAN's client and draws how they were spread. Returns how many failed. */
  async showSplit(connections: number): Promise<number> {
    await this.box.bus.counts({ reset: true });
    const { downloads } = await this.box.bus.download({ connections, concurrency: 10, bytes: 2_000 });
    const counts = await this.box.bus.counts();
    const { uplinks } = await this.box.status();
    const bars = uplinks.map(({ port, address, weight }) => {
      const value = counts[address] ?? 0;
      const percent = Math.round((100 * value) / connections);
      return { label: `${port} ×${weight}`, value, text: `${value} connections, ${percent} %` };
    });
    this.#print.block(barChart(bars, this.#print.columns));
    return downloads.filter(({ complete }) => !complete).length;
  }

  async strike(): Promise<void> {
    await this.#endEvents();
    await this.#guest.close();
  }
}
