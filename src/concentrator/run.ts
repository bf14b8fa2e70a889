import { failureFrom } from "../../machines/failure.ts";
import { renderFileProblem } from "../config/file-problem.ts";
import { enabledEngines } from "./engines.ts";
import { keptKey } from "./key.ts";
import { loadConcentratorConfig } from "./load-config.ts";

/**
 * Runs the remote server until SIGTERM or SIGINT, and leaves the network as it was before it resolves with the exit code. `tell` gets what a
 * person should know, a line each; it goes to the system's journal.
 */
export async function runConcentrator(configFile: string, tell: (text: string) => void): Promise<number> {
  const loaded = await loadConcentratorConfig(configFile);
  if ("problems" in loaded) {
    for (const problem of loaded.problems) tell(`config refused: ${renderFileProblem(problem)}`);
    return 1;
  }
  const { config } = loaded;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  try {
    const key = await keptKey(config.directory);
    const engines = enabledEngines(config);
    const serving = engines.map(async ({ name, port, engine }) => {
      const say = (text: string): void => tell(`${name}: ${text}`);
      try {
        await engine.serve({ port, key, tell: say, ready: () => say(`serves at port ${port}`), signal: stop.signal });
      } finally {
        // One that cannot serve ends them all: whoever watches the service is to see it.
        stop.abort();
      }
    });
    const ends = await Promise.allSettled(serving);
    const failed = ends.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return 0;
  } catch (error) {
    tell(failureFrom(error).message);
    return 1;
  } finally {
    process.off("SIGTERM", end);
    process.off("SIGINT", end);
  }
}
