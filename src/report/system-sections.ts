import { readFile } from "node:fs/promises";
import { arch, cpus, release, totalmem, uptime } from "node:os";
import { execa } from "execa";
import { OUTPUT_LIMIT, programEnvironment } from "../process/program-result.ts";
import { kernelLines } from "./kernel-lines.ts";
import type { Section } from "./render-report.ts";

const PROGRAM_WITHIN_MS = 5_000;
const KERNEL_LINES = 2_000;
/** Programs that the agent runs, each with what makes it tell its version. */
const PROGRAMS: readonly (readonly [program: string, argument: string])[] = [
  ["pppd", "--version"],
  ["hostapd", "-v"],
  ["dnsmasq", "--version"],
  ["nft", "--version"],
  ["ip", "-V"],
  ["iw", "--version"],
  ["conntrack", "--version"],
  ["udevadm", "--version"],
];

/** Gives a program's full path, or null. */
type Find = (name: string) => Promise<string | null>;

/** What runs here: of ours, of others, and on what. */
export function versionsSection(version: string, find: Find): Section {
  return {
    title: "versions",
    text: async () => {
      const programs = await Promise.all(PROGRAMS.map((program) => versionLine(find, ...program)));
      return [
        `wanherd ${version}, node ${process.version}, Linux ${release()} ${arch()}, ${cpus().length} cores`,
        await nameOf("/proc/device-tree/model", "no device tree"),
        await nameOf("/etc/os-release", "no os-release"),
        `memory ${Math.round(totalmem() / 1024 / 1024)} MiB, up ${Math.round(uptime())} s`,
        ...programs,
      ].join("\n");
    },
  };
}

/** What the kernel said of the USB ports and what sits in them. */
export function kernelSection(find: Find): Section {
  return {
    title: "kernel log of the ports",
    text: async () => {
      const { stdout, stderr, failed } = await run((await find("dmesg")) ?? "dmesg", [
        "--color=never",
        "--time-format=iso",
      ]);
      if (failed) throw new Error(`dmesg: ${stderr.split("\n", 1)[0] || "it does not answer"}`);
      return kernelLines(stdout, KERNEL_LINES).join("\n");
    },
  };
}

async function nameOf(file: string, otherwise: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => otherwise);
  return (/^PRETTY_NAME="?([^"\n]{1,100})/m.exec(text)?.[1] ?? text.slice(0, 100)).replaceAll("\0", "");
}

async function versionLine(find: Find, program: string, argument: string): Promise<string> {
  const path = await find(program);
  if (path === null) return `${program}: not installed`;
  const { stdout, stderr } = await run(path, [argument]);
  return `${program}: ${(stdout || stderr).split("\n", 1)[0] || "tells no version"}`;
}

/** Never rejects. Its newest output, where there is too much: that is the end of it. */
async function run(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string; failed: boolean }> {
  const { stdout, stderr, failed } = await execa(program, args, {
    timeout: PROGRAM_WITHIN_MS,
    maxBuffer: 4 * OUTPUT_LIMIT,
    reject: false,
    stdin: "ignore",
    env: programEnvironment(),
  });
  return { stdout, stderr: String(stderr), failed };
}
