import { FailureError } from "../../machines/failure.ts";
import { renderFileProblem } from "../config/file-problem.ts";
import { loadConfig } from "../config/load-config.ts";
import { readPassphrase } from "./passphrase.ts";

/** The passphrase by this config file; null: none was made yet. Rejects with FailureError SystemRefused. */
export async function configuredPassphrase(configFile: string): Promise<string | null> {
  const loaded = await loadConfig(configFile);
  if ("problems" in loaded) {
    const problems = loaded.problems.map(renderFileProblem).join("; ");
    throw new FailureError("SystemRefused", `the config cannot be read: ${problems}`, { tried: configFile });
  }
  const { accessPoint, journal } = loaded.config;
  return accessPoint.passphrase === "auto" ? readPassphrase(journal.directory) : accessPoint.passphrase;
}
