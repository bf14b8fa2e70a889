import { describe, expect, it } from "vitest";
import { createActor, fromCallback, fromPromise, SimulatedClock, sendTo, setup } from "xstate";
import { FailureError } from "../../../machines/failure.ts";
import { createInspector } from "../../../src/journal/from-xstate.ts";
import type { Journal, NewEntry } from "../../../src/journal/types.ts";

/** A modem in small: finds its ports, fails to dial, rests, ends. */
const modem = setup({
  types: { input: {} as { port: string }, context: {} as { port: string } },
  actors: {
    findPorts: fromPromise(async () => ({ at: "/dev/x" })),
    dial: fromPromise(async (): Promise<void> => {
      throw new FailureError("NoCarrier", "port 1-1.3: NO CARRIER", { tried: "ATD*99#" });
    }),
    watch: fromCallback(() => () => {}),
  },
  delays: { restTime: 1000 },
}).createMachine({
  id: "modem",
  context: ({ input }) => input,
  initial: "probing",
  invoke: { id: "watch", src: "watch" },
  states: {
    probing: { invoke: { id: "findPorts", src: "findPorts", onDone: "dialling", onError: "resting" } },
    dialling: { invoke: { id: "dial", src: "dial", onDone: "resting", onError: "resting" } },
    resting: { after: { restTime: "ended" } },
    ended: { type: "final" },
  },
});

const agent = setup({ actors: { modem } }).createMachine({
  id: "agent",
  initial: "alive",
  invoke: { id: "m", src: "modem", input: { port: "1-1.3" } },
  states: { alive: { on: { "device.attached": { actions: sendTo("m", ({ event }) => event) } } } },
});

/** As the journal does, long after what they tell of has happened. */
function written(handedIn: readonly Parameters<Journal["write"]>[0][]): NewEntry[] {
  return handedIn.map((entry) => (typeof entry === "function" ? entry() : entry)).filter((entry) => entry !== null);
}

async function journalOfOneCall(): Promise<NewEntry[]> {
  const handedIn: Parameters<Journal["write"]>[0][] = [];
  const journal = { write: (entry) => handedIn.push(entry) } as Pick<Journal, "write"> as Journal;
  const clock = new SimulatedClock();
  const actor = createActor(agent, { inspect: createInspector(journal), clock });
  actor.start();
  actor.send({ type: "device.attached", device: { port: "1-1.3", product: "MF102" } });
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  clock.increment(1000);
  actor.stop();
  return written(handedIn);
}

describe("the journal of a machine's life", () => {
  it("names each transition with its cause, each event once, and each failed effect, and nothing of promises and callbacks", async () => {
    const entries = await journalOfOneCall();
    expect(entries.map(({ topic, port, text, data }) => `${topic} ${port}: ${text} | ${data?.cause ?? ""}`)).toEqual([
      "transition 1-1.3: modem: → probing | start",
      "transition null: agent: → alive | start",
      "event 1-1.3: device.attached | ",
      "transition 1-1.3: modem: probing → dialling | findPorts done",
      "event 1-1.3: modem: dial failed: NoCarrier: port 1-1.3: NO CARRIER | ",
      "transition 1-1.3: modem: dialling → resting | dial failed",
      "transition 1-1.3: modem: resting → ended | after restTime",
    ]);
  });

  it("tells the machine's whole state before and after, and in which state an event found it", async () => {
    const entries = await journalOfOneCall();
    const of = (text: string) => entries.find((entry) => entry.text === text)?.data;
    expect(of("modem: probing → dialling")).toMatchObject({ before: "probing", state: "dialling" });
    expect(of("modem: → probing")).toMatchObject({ before: "", state: "probing" });
    expect(of("device.attached")).toMatchObject({ machine: "agent", before: "alive" });
    expect(of("modem: dial failed: NoCarrier: port 1-1.3: NO CARRIER")).toMatchObject({
      machine: "modem",
      before: "dialling",
    });
  });

  it("carries the failure with the transition it caused", async () => {
    const entries = await journalOfOneCall();
    const resting = entries.find(({ text }) => text === "modem: dialling → resting");
    expect(resting?.data).toMatchObject({
      machine: "modem",
      from: "dialling",
      to: "resting",
      failure: { kind: "NoCarrier", message: "port 1-1.3: NO CARRIER", tried: "ATD*99#" },
    });
  });

  it("passes over machines that belong to no port and are none of ours", () => {
    const handedIn: Parameters<Journal["write"]>[0][] = [];
    const stranger = setup({}).createMachine({ id: "stranger", initial: "a", states: { a: {} } });
    const journal = { write: (entry) => handedIn.push(entry) } as Pick<Journal, "write"> as Journal;
    const actor = createActor(stranger, { inspect: createInspector(journal) }).start();
    actor.stop();
    expect(written(handedIn)).toEqual([]);
  });
});

it("calls machines of which there are several by their name, where they belong to no port", () => {
  const named = (id: string, key: string) =>
    setup({ types: { input: {} as string, context: {} as Record<string, string> } }).createMachine({
      id,
      context: ({ input }) => ({ [key]: input }),
      initial: "serving",
      states: { serving: {} },
    });
  const handedIn: Parameters<Journal["write"]>[0][] = [];
  const journal = { write: (entry: NewEntry) => handedIn.push(entry) } as unknown as Journal;
  for (const [id, key, input] of [
    ["radio", "id", "wlan0"],
    ["daemon", "name", "hostapd"],
    ["keyboard", "id", "k"],
  ] as const) {
    createActor(named(id, key), { input, inspect: createInspector(journal) }).start();
  }
  expect(written(handedIn).map(({ text }) => text)).toEqual(["radio wlan0: → serving", "daemon hostapd: → serving"]);
});
