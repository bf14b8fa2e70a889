import { truncate, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { ensurePrograms, missingForDisk } from "./programs.ts";

/** What is written is all that takes room. */
const BYTES = 2 ** 30;

/** Makes a file that is an empty disk for a guest (`bootGuest({ disk })`), so that it can be booted again, or have its power cut. */
export async function makeDisk(file: string): Promise<void> {
  await ensurePrograms(() => {}, missingForDisk);
  await writeFile(file, "");
  await truncate(file, BYTES);
  await execa("mke2fs", ["-q", "-t", "ext4", "-F", file], { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
}
