// `npm run powercut [-- --runs 20] [--seed N]`: the installed package's power fails at random moments of its life, and each time
// the next boot has to be whole: every file readable, and a hotspot with no command.
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

/** Enough for a boot, a switch, a dial, a radio, and some seconds online. */
const MOST_MS = 25_000;
const VERSION = "0.1.0";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
const runs = Number(values.runs ?? 20);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const folder = join(projectRoot(), PACKAGE_FOLDER);
const disk = join(folder, "powercut.img");
const log = (line: string): void => console.error(line);

async function plugAll({ bus }: InstalledBox): Promise<void> {
  await bus.plug(bus.port(1), zteMf102());
  await bus.plug(bus.port(2), plainModem());
  await bus.plug(bus.port(3), rt2500usb());
}

await mkdir(folder, { recursive: true });
await makePackage("amd64", VERSION);
await makeDisk(disk);
let box = await InstalledBox.boot(disk, log);
const faults: string[] = [];
try {
  await box.install(VERSION);
  for (let run = 1; run <= runs; run++) {
    const afterMs = Math.floor(random() * MOST_MS);
    const plugging = plugAll(box).catch(() => {});
    await pause(afterMs);
    await box.cutPower();
    await plugging;
    box = await InstalledBox.boot(disk, log);
    await plugAll(box);
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
