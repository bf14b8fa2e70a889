import type { EventEmitter } from "node:events";
import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { watch } from "chokidar";
import { type PortPath, parsePortPath } from "./types.ts";

/**
 * Calls `changed` for a port whenever something under `root/<port>/` comes, goes or changes (inotify; nothing polls).
 * Resolves when it watches. The returned function ends it.
 *
 * udev removes a folder of /dev with the last name in it (systemd, src/udev/udev-node.c), and a watch on a folder ends
 * with the folder. So the root gets a file of ours that keeps it in being while we watch.
 */
export async function watchTtyRoot(root: string, changed: (port: PortPath) => void): Promise<() => Promise<void>> {
  const keeper = join(root, ".keep");
  await mkdir(root, { recursive: true });
  await writeFile(keeper, "");

  const touch = (path: string): void => {
    const port = parsePortPath(relative(root, path).split(sep)[0] ?? "");
    if (port !== null) changed(port);
  };
  // `atomic` would hold each removal back by 100 ms.
  const watcher = watch(root, {
    followSymlinks: false,
    ignoreInitial: true,
    depth: 1,
    atomic: false,
    usePolling: false,
  });
  // chokidar's types ask for a newer @types/node than Node 20's, so its events are typed here.
  const events = watcher as unknown as EventEmitter;
  events.on("all", (_event: string, path: string) => touch(path));
  // chokidar tells no difference for a name that went and came again between two of its looks; inotify itself does.
  events.on("raw", (_event: string, name: string | null, details: { watchedPath?: string }) => {
    if (typeof details.watchedPath === "string") touch(join(details.watchedPath, name ?? ""));
  });
  events.on("error", () => {
    // A folder went while chokidar began to watch it: its going is an event by itself.
  });
  await new Promise<void>((resolve) => events.once("ready", resolve));

  return async () => {
    await watcher.close();
    await rm(keeper, { force: true });
    await rmdir(root).catch(() => {
      // names of devices that are still plugged in
    });
  };
}
