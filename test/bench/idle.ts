import type { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { HOTSPOT } from "../scenarios/hotspot.ts";
import { table } from "./statistics.ts";

const IDLE_SECONDS = 60;
const MODEMS = [1, 2, 3, 4, 5, 6, 7, 8];
const RADIOS = [9, 10, 11];

/** CPU time, memory and voluntary context switches of all threads of a process, by proc(5). */
const SAMPLE = `awk '{print $14 + $15}' /proc/$1/stat; awk '/VmRSS/ {print $2}' /proc/$1/status; cat /proc/$1/task/*/status | awk '/^voluntary/ {n += $2} END {print n}'; getconf CLK_TCK`;

/** C. What the agent costs when nothing happens, with eight modems online and three radios that serve. */
export async function idle(box: Box): Promise<string> {
  await box.configure(`accessPoint: { passphrase: "${HOTSPOT.passphrase}" }\n`);
  await box.start();
  const ports = MODEMS.map((number) => box.bus.port(number));
  for (const port of ports) await box.bus.plug(port, plainModem());
  await box.untilPool(ports, 180_000);
  for (const port of RADIOS.map((number) => box.bus.port(number))) {
    await box.bus.plug(port, rt2500usb());
    await box.untilState(port, "serving", 180_000);
  }
  await new Promise((resolve) => setTimeout(resolve, 35_000));
  const before = await sample(box);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000));
  const after = await sample(box);
  const helpers = (await box.guest.processes()).filter(({ parent }) => parent === box.agent.pid);
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
  const rows = [
    [
      `the agent, ${MODEMS.length} modems online, ${RADIOS.length} radios serving, ${IDLE_SECONDS} s without an event`,
      "",
    ],
    [
      "CPU time",
      `${(after.cpuMs - before.cpuMs).toFixed(0)} ms (${((after.cpuMs - before.cpuMs) / (IDLE_SECONDS * 10)).toFixed(2)} % of one core)`,
    ],
    ["resident memory", `${(after.rssKb / 1024).toFixed(0)} MB`],
    [
      "wake-ups (voluntary context switches, all threads)",
      `${((after.switches - before.switches) / IDLE_SECONDS).toFixed(1)} per second`,
    ],
    [
      "its processes",
      helpers
        .map(({ argv }) => argv[0] ?? "")
        .sort()
        .join(", "),
    ],
  ];
  return `### C. Idle\n\n${table(rows)}\n`;
}

async function sample(box: Box): Promise<{ cpuMs: number; rssKb: number; switches: number }> {
  const { stdout } = await box.guest.exec(["sh", "-c", SAMPLE, "sample", String(box.agent.pid)]);
  const [ticks = 0, rssKb = 0, switches = 0, perSecond = 100] = stdout.split("\n").map(Number);
  return { cpuMs: (ticks * 1000) / perSecond, rssKb, switches };
}
