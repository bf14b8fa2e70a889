import { beforeAll, expect, test } from "vitest";
import { Coverage } from "./coverage.ts";
import { walkModem } from "./modem-driver.ts";
import { modemExploration } from "./modem-events.ts";
import { explore } from "./paths.ts";
import { Stage } from "./stage.ts";

const { modem } = new Stage().machines;
const coverage = new Coverage();

beforeAll(async () => {
  const t0 = Date.now();
  const { toStates, overTransitions } = explore(modemExploration(modem));
  const t1 = Date.now();
  console.log(toStates.length, overTransitions.length, t1 - t0);
  for (const path of overTransitions) {
    const stage = await new Stage(coverage.observe).start();
    try {
      await walkModem(stage, path);
    } catch (e) {
      console.log(path.map((p) => p.event.type).join(" "), (e as Error).message);
    }
  }
  console.log(Date.now() - t1);
});

test("every state of the modem is reached", () => {
  expect(coverage.statesMissed(modem)).toEqual([]);
});

test("every transition of the modem is taken", () => {
  expect(coverage.transitionsMissed(modem)).toEqual([]);
});
