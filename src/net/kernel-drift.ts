import { readFile } from "node:fs/promises";
import { FailureError, printable } from "../../machines/failure.ts";
import { createReadyProgram } from "../process/ready-program.ts";
import { TABLE } from "./marks.ts";
import type { KernelObject } from "./render-routes.ts";
import { parseListing, type TableListing } from "./table-listing.ts";

/** Our table as it is in the kernel, for who does not wait for it; null: there is none. Rejects with FailureError SystemRefused or ProgramMissing. */
export async function readTable(nft: string, timeoutMs: number): Promise<TableListing | null> {
  const args = ["-j", "list", "table", ...TABLE.split(" ")];
  const program = createReadyProgram({ command: nft, args, timeoutMs, unhurried: true });
  const { exitCode, stdout, stderr } = await program.run("");
  try {
    if (exitCode === 0) return parseListing(stdout);
  } catch (cause) {
    throw new FailureError("SystemRefused", "nft listed our table in no form that we know", { cause });
  }
  if (/No such file or directory/.test(stderr)) return null;
  throw new FailureError("SystemRefused", `nft could not list our table: ${printable(stderr, 200)}`, {
    tried: `nft -j list table ${TABLE}`,
  });
}

/** The rules and routes that are too few or too many. An interface that is down can have no routes. */
export async function objectDrift(
  wanted: readonly KernelObject[],
  present: readonly KernelObject[],
  interfaceRoot: string,
): Promise<string[]> {
  const missing = wanted.filter((object) => !present.includes(object));
  const canBe = await Promise.all(missing.map((object) => isPossible(object, interfaceRoot)));
  const strange = present.filter((object) => !wanted.includes(object));
  return [
    ...missing.filter((_, index) => canBe[index]).map((object) => `${object} is missing`),
    ...strange.map((object) => `${object} is not wanted`),
  ];
}

/** IFF_UP, include/uapi/linux/if.h. */
const UP = 1;

async function isPossible(object: KernelObject, interfaceRoot: string): Promise<boolean> {
  const device = /^route6? .* dev (\S+)/.exec(object)?.[1];
  if (device === undefined) return true;
  const flags = await readFile(`${interfaceRoot}/${device}/flags`, "latin1").catch(() => "0");
  return (Number(flags) & UP) !== 0;
}
