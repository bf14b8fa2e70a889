import { beforeAll, expect, test } from "vitest";
import { Coverage } from "./coverage.ts";
import { explore } from "./paths.ts";
import { walkPort } from "./port-driver.ts";
import { portExploration } from "./port-events.ts";
import { Stage } from "./stage.ts";

const asked = new Stage();
const { port } = asked.machines;
const coverage = new Coverage();
const { toStates, overTransitions } = explore(portExploration(port, asked));

beforeAll(async () => {
  for (const path of overTransitions) await walkPort(await new Stage(coverage.observe).start(), path);
}, 60_000);

test("every state of the port is reached", () => {
  expect(coverage.statesMissed(port)).toEqual([]);
});

test("every transition of the port is taken", () => {
  expect(coverage.transitionsMissed(port)).toEqual([]);
});

test("wherever a port is faulted it says why", () => {
  const silent = toStates.filter(({ state }) => state.hasTag("faulted") && state.context.failure === null);
  expect(silent.map(({ state }) => state.value)).toEqual([]);
});

test("a port that was switched off never runs a modem, nor switches a stick", () => {
  const atWork = toStates.filter(
    ({ state, allowed }) =>
      !allowed && (state.matches({ occupied: "serving" }) || state.matches({ switching: "sending" })),
  );
  expect(atWork.map(({ path }) => path.map(({ event }) => event.type).join(" "))).toEqual([]);
});
