import type { Download } from "../bus/carriers/client-job.ts";
import type { Printer } from "./print.ts";
import { clientAddress, type Split, type Stage } from "./stage.ts";
import { dongle, huawei, keys, memory, quectel, zte } from "./things.ts";

/** The first link is three times as fast as the others, in kB/s; the emulated processor can still follow. */
const RATES = [240, 80, 80] as const;
/** At these rates ten downloads take about four seconds. */
const DOWNLOADS = 10;
const BODY_BYTES = 150_000;
/** By weight, 3 + 1 of every 3 + 1 + 1 are not on the stick that is pulled. */
const UNHURT = 8;

/** The show, from the first stick to the swapped one. @throws at the first thing that is not as it should be. */
export async function play(stage: Stage, print: Printer): Promise<void> {
  const { box } = stage;
  const [first, second, third] = [box.bus.port(1), box.bus.port(2), box.bus.port(3)];

  print.heading("One stick is there before the agent");
  await stage.plug(1, zte);
  print.act("wanherd up: Node.js takes its time to start where the processor is emulated");
  await stage.startAgent();
  await box.untilPool([first]);
  print.good("online, and in the pool");

  print.heading("Four more in the same instant");
  await Promise.all([stage.plug(2, huawei), stage.plug(3, quectel), stage.plug(6, memory), stage.plug(7, keys)]);
  const { ports } = await box.untilPool([first, second, third]);
  check(
    [6, 7].every((number) => ports.find(({ port }) => port === box.bus.port(number))?.state === "left alone"),
    "memory stick and keyboard were not left alone",
  );
  print.good("three links in the pool; memory stick and keyboard are left alone");
  await stage.showStatus();

  print.heading("A WiFi dongle");
  await stage.plug(5, dongle);
  await box.untilState(box.bus.port(5), "serving");
  print.good("a hotspot; further dongles would join it, each on a channel of its own");
  await stage.pull(5);
  await box.untilState(box.bus.port(5), "empty");

  print.heading("A new weight in the config, then 60 connections from the LAN");
  await Promise.all(RATES.map((rateKbytes, i) => box.bus.shape(i + 1, { rateKbytes, delayMs: 30 })));
  print.act(`/etc/wanherd/wanherd.yaml: ${first} is three times as fast, so weight 3; the others have 1`);
  await box.configure(`modems:\n  defaults: { weight: 1 }\n  "${first}": { weight: 3 }\n`);
  await box.until("the weights are in force", ({ uplinks }) =>
    uplinks.some(({ port, weight }) => port === first && weight === 3),
  );
  checkSplit(await stage.showSplit(60));
  print.good("every connection came through, spread by weight");

  print.heading("A stick is pulled while ten downloads run");
  const downloading = box.bus.download({ connections: DOWNLOADS, bytes: BODY_BYTES, patienceMs: 8_000 });
  await box.guest.exec(["sleep", "1"]);
  await stage.pull(2);
  print.step("its downloads are cut, and give up after 8 s without a byte; the others go on");
  const result = await downloading;
  await box.untilPool([first, third]);
  stage.showDownloads(result);
  checkDownloads(result.downloads, print);

  print.heading("Another model into the same port");
  print.note(`Same ids and serial number as the stick in ${first}: they are told apart by their ports.`);
  await stage.plug(2, zte);
  await box.untilPool([first, second, third]);
  print.good("online again, and in the pool");
  checkSplit(await stage.showSplit(60));
  await stage.showStatus();
}

function checkSplit({ failed, isByWeight }: Split): void {
  check(failed === 0, `${failed} connections failed`);
  check(isByWeight, "the connections were not spread by weight");
}

/**
 * The pulled stick's downloads must have been cut, or nothing was shown; all others must be whole. One that was cut
 * before its answer came does not know its link, so the whole ones are counted, too.
 */
function checkDownloads(downloads: readonly Download[], print: Printer): void {
  const others = downloads.filter(({ via }) => via !== clientAddress(2) && via !== "");
  const whole = downloads.filter(({ complete }) => complete);
  check(whole.length < downloads.length, "no download was open on the stick when it was pulled");
  check(whole.length >= UNHURT && others.every(({ complete }) => complete), "downloads on other links were hurt");
  const gapMs = Math.max(...others.map(({ longestGapMs }) => longestGapMs));
  print.good(
    `the ${others.length} downloads on the other links went on without a lost byte; longest pause ${(gapMs / 1000).toFixed(1)} s`,
  );
}

function check(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise);
}
