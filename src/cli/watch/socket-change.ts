import { existsSync, type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

/** A socket is there before its owner listens on it. */
const SETTLE_MS = 200;
/** For what has no event: an agent that was stopped and goes on, or a folder that cannot be watched. */
const AT_LATEST_MS = 5_000;

/**
 * Resolves when something has happened where the socket is or should be (inotify of the nearest folder that exists), after 5 s at
 * the latest, or when `signal` is aborted. Never rejects.
 */
export function socketChange(socket: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let watcher: FSWatcher | null = null;
    const end = (): void => {
      clearTimeout(latest);
      watcher?.close();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const latest = setTimeout(end, AT_LATEST_MS);
    signal.addEventListener("abort", end);
    try {
      watcher = watch(existingFolder(socket), { persistent: false });
      watcher.once("change", () => setTimeout(end, SETTLE_MS));
      watcher.on("error", () => {});
    } catch {
      // Told by the time then.
    }
    if (signal.aborted) end();
  });
}

function existingFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) || folder === dirname(folder) ? folder : existingFolder(folder);
}
