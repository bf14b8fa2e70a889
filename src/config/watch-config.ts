import { basename, dirname } from "node:path";
import { watch } from "chokidar";
import type { FileProblem } from "./file-problem.ts";
import { loadConfig } from "./load-config.ts";
import type { Config } from "./types.ts";

export interface ConfigListener {
  /** The file now says this. */
  changed(config: Config): void;
  /** The file was refused; what was in force stays in force. */
  refused(problems: readonly FileProblem[]): void;
  /** Another file of the same folder, and what to do when it has changed. */
  readonly beside?: { readonly file: string; changed(): void };
}

/**
 * Re-reads the config whenever its file changes, until the returned function is called. The folder is watched, so
 * that an editor's rename over the file, and a file that did not exist at the start, are seen as well.
 */
export async function watchConfig(file: string, listener: ConfigListener): Promise<() => Promise<void>> {
  let reading: Promise<void> = Promise.resolve();
  const reread = (): void => {
    reading = reading.then(async () => {
      const loaded = await loadConfig(file);
      if ("config" in loaded) listener.changed(loaded.config);
      else listener.refused(loaded.problems);
    });
  };
  const { beside } = listener;
  const names = [file, ...(beside === undefined ? [] : [beside.file])].map((each) => basename(each));
  const watcher = watch(dirname(file), {
    depth: 0,
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !names.includes(basename(path)),
    awaitWriteFinish: { stabilityThreshold: 200, pollInterval: 100 },
  });
  watcher.on("all", (_event, path) => {
    if (basename(path) === names[0]) reread();
    else if (basename(path) === names[1]) beside?.changed();
  });
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return async () => {
    await watcher.close();
    await reading;
  };
}
