import { checkedYaml } from "./checked-yaml.ts";
import { configSchema } from "./config-schema.ts";
import { type FileProblem, unreadable } from "./file-problem.ts";
import { isMissing, readBounded, utf8 } from "./read-bounded.ts";
import type { Config } from "./types.ts";

/** Thousands of modems' worth; parsing it stays well below 20 ms on a small computer for a config of usual size. */
const MAX_CONFIG_BYTES = 64 * 1024;

/** A config that may be used, or why not. */
export type LoadedConfig = { readonly config: Config } | { readonly problems: readonly FileProblem[] };

/** Reads wanherd.yaml. No file means defaults. Never rejects. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  try {
    return parseConfig(utf8(await readBounded(file, MAX_CONFIG_BYTES)), file);
  } catch (error) {
    return isMissing(error) ? parseConfig("", file) : { problems: [unreadable(file, error)] };
  }
}

/** The config in this text; `file` names it in problems. */
export function parseConfig(text: string, file: string): LoadedConfig {
  const checked = checkedYaml(text, configSchema, file);
  return "value" in checked ? { config: checked.value } : checked;
}
