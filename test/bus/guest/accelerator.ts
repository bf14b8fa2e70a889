import { constants } from "node:fs";
import { access, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { Accelerator } from "./qemu.ts";

/**
 * /dev/kvm may exist and still not work (nested virtualisation that is half there), which only a try shows. The verdict
 * holds until the host boots anew: its boot id is kept with it.
 */
const FILE = "accelerator.json";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** What is known to work on this boot of the host; undefined where it must be tried. */
export async function recallAccelerator(): Promise<Accelerator | undefined> {
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return "tcg";
  }
  try {
    const kept: unknown = JSON.parse(await readFile(join(cacheFolder(), FILE), "utf8"));
    return verdictIn(kept, await bootId());
  } catch {
    return undefined;
  }
}

export async function rememberAccelerator(accelerator: Accelerator): Promise<void> {
  const file = join(cacheFolder(), FILE);
  await writeFile(`${file}.${process.pid}`, JSON.stringify({ bootId: await bootId(), accelerator }));
  await rename(`${file}.${process.pid}`, file);
}

/** Reads a kept verdict; one of another boot, or anything else, is none. */
export function verdictIn(kept: unknown, currentBootId: string): Accelerator | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { bootId: id, accelerator } = kept as Record<string, unknown>;
  if (id !== currentBootId) return undefined;
  return accelerator === "kvm" || accelerator === "tcg" ? accelerator : undefined;
}

async function bootId(): Promise<string> {
  return (await readFile(BOOT_ID, "utf8")).trim();
}
