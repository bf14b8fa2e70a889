import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { keyboard } from "../bus/devices/models/keyboard.ts";
import { memoryStick } from "../bus/devices/models/memory-stick.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import type { Printer } from "./print.ts";
import type { Stage } from "./stage.ts";

/** Enough for the slow links of an emulated computer to be still at it when the plug is pulled. */
const BODY_BYTES = 400_000;

/** The show, from the first stick to the swapped one. @throws at the first thing that is not as it should be. */
export async function play(stage: Stage, print: Printer): Promise<void> {
  const { box } = stage;
  const { bus } = box;
  const port = (number: number): string => bus.port(number);

  print.heading("One stick is there before the agent");
  print.act(`a ZTE MF102 is plugged into port ${port(1)}: it pretends to be a CD-ROM`);
  await bus.plug(port(1), zteMf102());
  print.act("wanherd up");
  await stage.startAgent();
  await box.untilPool([port(1)]);
  print.good("online, and in the pool");

  print.heading("Four more in the same instant");
  print.act(`a Huawei E367 into ${port(2)}, a Quectel EC25 into ${port(3)}, a memory stick and a keyboard beside them`);
  await Promise.all([
    bus.plug(port(2), huaweiE367()),
    bus.plug(port(3), plainModem()),
    bus.plug(port(6), memoryStick()),
    bus.plug(port(7), keyboard()),
  ]);
  const three = [port(1), port(2), port(3)];
  await box.untilPool(three);
  print.good("three links in the pool; memory stick and keyboard were not touched");
  await stage.showStatus();

  print.heading("New weights in the config, and 60 connections from the LAN");
  await box.configure(`modems:\n  "${port(1)}": { weight: 3 }\n`);
  await box.until("the weights are in force", ({ uplinks }) => uplinks.some(({ weight }) => weight === 3));
  await failIf(stage.showSplit(60), "connections failed");
  print.good("every connection came through, spread exactly by weight");

  print.heading("A stick is pulled while ten downloads run");
  const open = bus.download({ connections: 10, bytes: BODY_BYTES, patienceMs: 30_000 });
  await box.guest.exec(["sleep", "1"]);
  print.act(`${port(2)} is pulled out`);
  await bus.unplug(port(2));
  await box.untilPool([port(1), port(3)]);
  const { downloads } = await open;
  const others = downloads.filter(({ via }) => via !== "" && via !== "10.64.2.2");
  await failIf(others.filter(({ complete }) => !complete).length, "downloads on other links were hurt");
  print.good(`the ${others.length} downloads on the other links went on without a lost byte`);

  print.heading("Another model into the same port");
  print.act(`a ZTE MF102 into ${port(2)}`);
  await bus.plug(port(2), zteMf102());
  await box.untilPool(three);
  await failIf(stage.showSplit(60), "connections failed");
  await stage.showStatus();
}

async function failIf(count: number | Promise<number>, what: string): Promise<void> {
  const failed = await count;
  if (failed > 0) throw new Error(`${failed} ${what}`);
}
