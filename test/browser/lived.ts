import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { definitionsOf } from "../../src/agent/definitions.ts";
import { MachineView } from "../../src/agent/view.ts";
import { DecisionStore } from "../../src/decisions/store.ts";
import type { PortPath } from "../../src/hotplug/types.ts";
import { type ServedPage, servePage } from "../../src/inspect/serve-page.ts";
import { startControlServer } from "../../src/inspector/control-server.ts";
import type { HubStatus } from "../../src/inspector/types.ts";
import { createInspector } from "../../src/journal/from-xstate.ts";
import { openJournal } from "../../src/journal/open-journal.ts";
import type { Journal } from "../../src/journal/types.ts";
import { projectRoot } from "../bus/guest/project-root.ts";
import { World } from "../machines/world.ts";

const STEP_MS = 500;

/** An agent's machines that have lived for a while, with their journal, their control socket, and the page before them. */
export interface Lived {
  readonly world: World;
  readonly journal: Journal;
  readonly socket: string;
  readonly page: ServedPage;
  /** How much goes down over each interface now, on average, in bytes a second; a twentieth of it goes up. */
  readonly flows: Map<string, number>;
  close(): Promise<void>;
}

/** What the life is told with: the machines' clock and that of the journal go on together. */
export interface Telling {
  readonly world: World;
  readonly journal: Journal;
  pass(ms: number): Promise<void>;
  /** What was said to a modem, and by it. */
  say(port: PortPath, ...lines: readonly string[]): void;
}

export interface LivedOptions {
  /** How long the told life takes at most; what is left of it passes after it. */
  readonly forMs: number;
  readonly hubs: readonly HubStatus[];
  readonly token?: boolean;
  /** Entries that memory holds; the rest only the disk has. */
  readonly remembered?: number;
  readonly tell: (telling: Telling) => Promise<void>;
}

/**
 * Lets real machines live through what `tell` does to them within moments, so that the journal holds a past of minutes which
 * ends now. From then on time is real.
 */
export async function live({ forMs, hubs, token = false, remembered = 5_000, tell }: LivedOptions): Promise<Lived> {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-lived-"));
  const begin = Date.now() - forMs;
  vi.useFakeTimers({ toFake: ["Date"], now: begin });
  const world = new World();
  const journal = await openJournal({
    ...{ directory: join(folder, "journal"), maxMegabytes: 5 },
    memory: { entries: remembered, bytes: 2 ** 21 },
  });
  const decisions = await DecisionStore.open(join(folder, "decisions.json"), (problem) => console.error(problem));
  const flows: Lived["flows"] = new Map();
  const view = new MachineView({
    actor: world.agent,
    version: "0.0.0",
    traffic: carriedOver(flows),
    stations: async () => [],
    hubs: () => hubs,
    pool: () => ({ lan: "lan-br", by: "connection", rules: [], byHand: decisions.ranks, measured: {} }),
    decisions,
  });
  world.byHand = () => decisions.ranks;
  world.inspectors.push(createInspector(journal), (event) => {
    if (event.type === "@xstate.snapshot") view.noteChange();
  });
  try {
    await world.start();
    await tell({
      world,
      journal,
      async pass(ms) {
        for (let left = ms; left > 0; left -= STEP_MS) {
          vi.setSystemTime(Date.now() + Math.min(left, STEP_MS));
          await world.pass(Math.min(left, STEP_MS));
        }
      },
      say(port, ...lines) {
        for (const text of lines)
          journal.write({ port, topic: "at", text, data: { tty: `/dev/wanherd/${port}/if01` } });
      },
    });
    // The journal writes down what is left with the time that it happened at.
    journal.read({ limit: 1 });
  } finally {
    vi.useRealTimers();
  }
  const socket = join(folder, "agent.sock");
  const control = await startControlServer({
    ...{ view, journal, socket, version: "0.0.0" },
    machines: () => definitionsOf(world.agent.logic),
  });
  const page = await servePage({
    folder: join(projectRoot(), "dist", "page"),
    socket,
    listen: { address: "127.0.0.1", port: 0 },
    token,
  });
  return {
    ...{ world, journal, socket, page, flows },
    async close() {
      await page.close();
      await control.close();
      world.agent.stop();
      await journal.close();
      await decisions.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Counters that rise by these flows, in waves. */
function carriedOver(flows: Lived["flows"]): () => ReadonlyMap<string, Carried> {
  const carried = new Map<string, Carried>();
  let last = performance.now();
  return () => {
    const now = performance.now();
    for (const [name, rate] of flows) {
      const { rxBytes, txBytes } = carried.get(name) ?? { rxBytes: 0, txBytes: 0 };
      const bytes = Math.round((rate * (1 + 0.6 * Math.sin(now / 3_000 + rate)) * (now - last)) / 1000);
      carried.set(name, { rxBytes: rxBytes + bytes, txBytes: txBytes + Math.round(bytes / 20) });
    }
    last = now;
    return carried;
  };
}

interface Carried {
  readonly rxBytes: number;
  readonly txBytes: number;
}
