import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** Where images are kept between runs: $WANHERD_CACHE, else the user's cache folder by the XDG rules. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.WANHERD_CACHE) return environment.WANHERD_CACHE;
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "wanherd");
}

/**
 * Runs `work` while this process holds the lock `name` of the cache folder; others wait for it.
 * The lock is the kernel's (`flock`), held by a child whose end of input is ours: it falls with this process, however
 * that ends, so that there is no stale lock to break.
 */
export async function withCacheLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const folder = cacheFolder();
  await mkdir(folder, { recursive: true });
  const holder = execa("flock", ["--exclusive", join(folder, `${name}.lock`), "cat"], { buffer: false, reject: false });
  try {
    await new Promise<void>((resolve, reject) => {
      // cat echoes only once flock has let it start.
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", () => reject(new Error(`cannot lock the cache folder ${folder}`)));
      holder.stdin.write("held\n");
    });
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}
