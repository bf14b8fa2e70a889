import { expect, test } from "vitest";
import type { FailureKind } from "../../../machines/failure.ts";
import { PORT } from "../world.ts";
import { getsOnline } from "./ends.ts";
import { checkInvariants } from "./invariants.ts";
import { Stage } from "./stage.ts";

/** A modem on its way online in a world where everything works that is not said to fail. */
async function inGoodWorld(prepare: (stage: Stage) => void): Promise<Stage> {
  const stage = await new Stage().start();
  stage.holds.openAll();
  stage.pppdWaits = true;
  prepare(stage);
  await stage.plug("12d1:1001");
  for (const number of [1, 3]) await stage.tty(number);
  await stage.register("home");
  await stage.pppUp();
  return stage;
}

test.each<[string, FailureKind[]]>([
  ["watchRegistration", []],
  ["watchLink", []],
  ["watchSim", ["SimMissing"]],
  ["runPppd", []],
])("when %s cannot even begin, the modem gets online all the same", async (effect, identify) => {
  const stage = await inGoodWorld(({ fails }) => {
    fails.set(effect, ["Internal", "Internal"]);
    fails.set("identify", identify);
  });
  expect(stage.fails.get(effect)).toHaveLength(1);
  checkInvariants(stage);
  await getsOnline(stage);
});

test.each<[string, FailureKind]>([
  ["findPorts", "PortSilent"],
  ["identify", "SimBusy"],
  ["identify", "DeviceGone"],
  ["dial", "NoCarrier"],
  ["dial", "Internal"],
])("%s that ends in %s for twenty minutes is said, and forgotten when the world turns good", async (effect, kind) => {
  const stage = await inGoodWorld(({ fails }) => fails.set(effect, Array<FailureKind>(10_000).fill(kind)));
  const end = stage.clock.now() + 20 * 60_000;
  while (stage.clock.now() < end) {
    if (stage.label() === "registering") await stage.register("home");
    const waits = await stage.passToNextTimer();
    checkInvariants(stage);
    if (!waits) break;
    expect(stage.modemContext()?.failure?.kind).toBe(kind);
  }
  await getsOnline(stage);
});

test("a pppd that is not installed is said within seconds, wherever the modem stands", async () => {
  const stage = await inGoodWorld((world) => {
    world.pppdWaits = false;
  });
  const end = stage.clock.now() + 60_000;
  while (stage.clock.now() < end) {
    await stage.pppEnds("ProgramMissing");
    if (stage.label() === "registering") await stage.register("home");
    await stage.passToNextTimer();
  }
  expect(stage.modemContext()?.failure?.kind).toBe("ProgramMissing");
  await getsOnline(stage);
});

test("a pppd that runs and never asks for the call is not waited for without end", async () => {
  const stage = await inGoodWorld((world) => {
    world.pppdWaits = false;
  });
  await stage.pass(60_000);
  checkInvariants(stage);
  expect(stage.modemContext()?.failure?.kind).toBe("NegotiationFailed");
  await getsOnline(stage);
});

test("after a refused call the next waits for the pppd with the next bearer's account", async () => {
  const stage = await inGoodWorld((world) => {
    world.pppdLingers = true;
    world.fails.set("dial", ["NoCarrier"]);
  });
  expect(stage.pppdEnding.has(PORT)).toBe(true);
  for (let second = 0; second < 10; second++) {
    await stage.pass(1_000);
    checkInvariants(stage);
  }
  await stage.pppEnds("LinkLost");
  await getsOnline(stage);
  const order = stage.calls.filter((call) => /^(pppd|dial \w+$)/.test(call));
  expect(order).toEqual(["pppd 1-1", "dial first", "pppd 1-1", "dial second"]);
});
