import { beforeAll, expect, test } from "vitest";
import { Coverage } from "./coverage.ts";
import { walkModem } from "./modem-driver.ts";
import { modemExploration } from "./modem-events.ts";
import { explore } from "./paths.ts";
import { Stage } from "./stage.ts";

const asked = new Stage();
const { modem } = asked.machines;
const coverage = new Coverage();
const { toStates, overTransitions } = explore(modemExploration(modem, asked));

beforeAll(async () => {
  for (const path of overTransitions) await walkModem(await new Stage(coverage.observe).start(), path);
});

test("every state of the modem is reached", () => {
  expect(coverage.statesMissed(modem)).toEqual([]);
});

test("every transition of the modem is taken", () => {
  expect(coverage.transitionsMissed(modem)).toEqual([]);
});

test("wherever a modem is faulted it says why", () => {
  const silent = toStates.filter(({ state }) => state.hasTag("faulted") && state.context.failure === null);
  expect(silent.map(({ state }) => state.value)).toEqual([]);
});
