import { execFile } from "node:child_process";

/** More than nft lists of a set that is full (65,535 elements of 40 characters). */
const OUTPUT_LIMIT = 16 * 2 ** 20;

/**
 * Runs a program of the guest to its end. By node:child_process, as the conductor does: to load execa costs an emulated
 * guest a third of a second.
 * @throws with what it said.
 */
export function run(program: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: OUTPUT_LIMIT }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
    });
    // A program that ends before it has read everything says itself what was wrong.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** Several changes by one `ip`, in one namespace: starting a program is what costs time in an emulated guest. */
export async function ipBatch(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ["-netns", namespace];
  await run("ip", [...where, "-batch", "-"], lines.map((line) => `${line}\n`).join(""));
}
