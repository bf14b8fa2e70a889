import type { Box } from "../../bus/box.ts";
import { type Contestant, ControlGroup } from "./contestant.ts";

/** Ours: the agent with no config at all. */
export class Wanherd implements Contestant {
  readonly key = "wanherd";
  readonly #box: Box;
  readonly group: ControlGroup;

  constructor(box: Box) {
    this.#box = box;
    this.group = new ControlGroup(box.guest, this.key);
  }

  async prepare(): Promise<void> {
    await this.group.create();
  }

  async start(): Promise<void> {
    const agent = await this.#box.start({ wait: false });
    // Long before Node runs the first line of ours.
    await this.group.adopt(agent.pid);
  }

  async untilReady(): Promise<void> {
    await this.#box.agent.waitFor(/agent: preparing → alive/, 90_000);
  }

  async stop(): Promise<void> {
    await this.#box.stop();
    await this.group.end();
  }
}
