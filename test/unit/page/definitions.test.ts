import { expect, it } from "vitest";
import { definitionsOf } from "../../../src/agent/definitions.ts";
import type { StateDefinition } from "../../../src/inspector/types.ts";
import { createInspector } from "../../../src/journal/from-xstate.ts";
import type { Journal, NewEntry } from "../../../src/journal/types.ts";
import { activeIn } from "../../../src/page/state-value.ts";
import { PORT, World } from "../../machines/world.ts";

const machines = definitionsOf(new World().agent.logic);

function statesOf(state: StateDefinition, path = ""): readonly (readonly [string, StateDefinition])[] {
  const inner = state.states.flatMap((each) => statesOf(each, path === "" ? each.key : `${path}.${each.key}`));
  return [[path, state], ...inner];
}

it("are those of every machine, each once, as plain data", () => {
  const names = machines.map(({ id }) => id).sort();
  expect(names).toEqual("accessPoint agent bundle daemon interface modem port radio resolver uplinks".split(" "));
  expect(JSON.parse(JSON.stringify(machines))).toEqual(machines);
});

it("lead to states that there are, and begin in one of them", () => {
  for (const { root } of machines) {
    const states = statesOf(root);
    const paths = states.map(([path]) => path);
    for (const [, { transitions, type, initial, states: inner }] of states) {
      for (const { targets } of transitions) expect(paths).toEqual(expect.arrayContaining([...targets]));
      if (type === "compound") expect(inner.map(({ key }) => key)).toContain(initial);
    }
  }
});

it("tell guards by their names, and what combines them", () => {
  const guards = machines.flatMap(({ root }) =>
    statesOf(root).flatMap(([, { transitions }]) => transitions.map(({ guard }) => guard)),
  );
  const told = ["hasToDrain and not saysNow", "in occupied.stopping", "failedBy SimMissing", "a condition", null];
  expect(guards).toEqual(expect.arrayContaining(told));
});

it("name the states and the causes that the journal names", async () => {
  const world = new World();
  const entries: NewEntry[] = [];
  const write: Journal["write"] = (entry) => {
    const made = typeof entry === "function" ? entry() : entry;
    if (made?.topic === "transition") entries.push(made);
  };
  world.inspectors.push(createInspector({ write } as Journal));
  await world.start();
  await world.bringOnline();
  world.link.get(PORT)?.({ type: "link.dead", failure: { kind: "LinkDead", message: "nothing came in" } });
  await world.pass(5_000);
  await world.unplug();
  await world.pass(60_000);
  const ofModem = entries.filter(({ data }) => data?.machine === "modem");
  expect(ofModem.length).toBeGreaterThan(8);
  for (const { data } of entries) {
    const states = statesOf(machines.find(({ id }) => id === data?.machine)?.root as StateDefinition);
    expect(states.map(([path]) => path)).toEqual(expect.arrayContaining([...activeIn(String(data?.state))]));
    const events = states.flatMap(([, { transitions }]) => transitions.map(({ event }) => event));
    expect(["start", ...events]).toContain(data?.cause);
  }
});
