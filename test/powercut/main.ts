// `npm run powercut [-- --runs 20] [--seed N]`: the installed package's power fails at random moments between a boot and some
// time online, its sticks in their ports all the while, as in a bus. Each time the next boot has to be whole: every file
// readable, and a hotspot with no command.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { makeDisk } from "../bus/guest/disk.ts";
import { projectRoot } from "../bus/guest/project-root.ts";
import { InstalledBox, isHotspot, makePackage, PACKAGE_FOLDER } from "../bus/installed-box.ts";
import { randomFrom } from "../soak/random.ts";

/** From systemd's start: enough for udev, a switch, a dial, a radio, and some seconds online. */
const MOST_MS = 60_000;
const VERSION = "0.1.0";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
const runs = Number(values.runs ?? 20);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const folder = join(projectRoot(), PACKAGE_FOLDER);
const disk = join(folder, "powercut.img");
const log = (line: string): void => console.error(line);

const PLUGGED = { 1: zteMf102(), 2: plainModem(), 3: rt2500usb() };

await mkdir(folder, { recursive: true });
await makePackage("amd64", VERSION);
await makeDisk(disk);
let box = await InstalledBox.boot(disk, log);
const faults: string[] = [];
try {
  await box.install(VERSION);
  for (let run = 1; run <= runs; run++) {
    // Also the end of the box that was looked at last: its power fails while it is online.
    await box.cutPower();
    box = await InstalledBox.bootWith(disk, PLUGGED, log);
    const afterMs = Math.floor(random() * MOST_MS);
    await pause(afterMs);
    await box.cutPower();
    box = await InstalledBox.bootWith(disk, PLUGGED, log);
    const fault = await box.until("a hotspot", isHotspot).then(
      () => box.damage(),
      (error: unknown) => String(error).slice(0, 2_000),
    );
    if (fault !== "") faults.push(`run ${run}, ${afterMs} ms: ${fault}`);
    log(`cut ${run} after ${afterMs} ms: ${fault === "" ? "whole, and a hotspot again" : fault}`);
  }
} finally {
  await box.guest.close();
  await rm(disk, { force: true });
}
console.log(`${runs} cuts, seed ${seed}: ${faults.length} boots that were not whole\n${faults.join("\n")}`);
process.exitCode = faults.length === 0 ? 0 : 1;
