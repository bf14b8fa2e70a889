import { afterEach, describe, expect, test, vi } from "vitest";
import type { FailureKind } from "../../../machines/failure.ts";
import { PORT } from "../world.ts";
import { nodeName, statesOf } from "./definition.ts";
import { getsOnline, restart, YANKS, yank } from "./ends.ts";
import { checkInvariants } from "./invariants.ts";
import { explore } from "./paths.ts";
import { walkPort } from "./port-driver.ts";
import { DEVICES, portExploration } from "./port-events.ts";
import { Stage } from "./stage.ts";

const asked = new Stage();
const { port } = asked.machines;
const { toStates } = explore(portExploration(port, asked));

const wayTo = (name: string) => toStates.find(({ state }) => state._nodes.some((node) => nodeName(node) === name));

async function stageIn(name: string): Promise<Stage> {
  const stage = await new Stage().start();
  await walkPort(stage, wayTo(name)?.path ?? []);
  expect(stage.portState?._nodes.map(nodeName), `on the way to ${name}`).toContain(name);
  return stage;
}

/** What is in the port now goes, and a good modem comes, in a port that is switched on. */
async function swapForGoodModem(stage: Stage): Promise<void> {
  stage.holds.openAll();
  await yank(stage, "nothing but the device is heard of");
  stage.settings.delete(PORT);
  await stage.plug(DEVICES.modem);
  await getsOnline(stage);
}

afterEach(() => {
  vi.restoreAllMocks();
});

const lasting = statesOf(port).filter((name) => wayTo(name) !== undefined && name !== "stopped");

describe.each(lasting)("from %s", (name) => {
  test("a restart → stopped", async () => {
    await restart(await stageIn(name));
  });

  if (name === "occupied.stopping" || name === "onAir.stopping") return;
  test.each(YANKS)("a yank, %s → empty", async (how) => {
    await yank(await stageIn(name), how);
  });

  test("another device → online", async () => {
    await swapForGoodModem(await stageIn(name));
  });
});

test.each<FailureKind>(["SwitchRefused", "DeviceGone", "DeviceRefused", "Internal"])(
  "from switching.sending: switchMode fails with %s → tried again, stuck with a reason, and online after a good switch",
  async (kind) => {
    const stage = await stageIn("switching.sending");
    for (let attempt = 1; attempt <= 3; attempt++) {
      await stage.outcome("switchMode", kind);
      checkInvariants(stage);
      expect(stage.context()?.failure?.kind).toBe(kind);
      await stage.pass(1_001);
    }
    expect(stage.label()).toBe("stuck");
    checkInvariants(stage);
    await stage.pass(60_001);
    expect(await stage.outcome("switchMode")).toBe(true);
    await stage.detach();
    await stage.plug(DEVICES.modem);
    await getsOnline(stage);
  },
);

test("from occupied.serving: a fault of our own in the modem's machine → stuck with a reason, and nothing runs on", async () => {
  const stage = await stageIn("occupied.serving");
  // XState warns of each event to a machine that has ended.
  vi.spyOn(console, "warn").mockImplementation(() => {});
  stage.fails.set("rememberBearer", ["Internal"]);
  for (const number of [1, 3]) await stage.tty(number);
  await stage.register("home");
  await stage.pppUp();
  expect(stage.crashes.splice(0)).toEqual(["modem: FailureError: rememberBearer failed"]);
  expect(stage.label()).toBe("stuck");
  expect(stage.context()?.failure?.kind).toBe("Internal");
  expect(stage.applied.at(-1)?.uplinks ?? []).toEqual([]);
  expect(stage.pppd.size).toBe(0);
  await getsOnline(stage);
});
