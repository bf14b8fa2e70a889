import { checkedYaml } from "./checked-yaml.ts";
import { configSchema } from "./config-schema.ts";
import { type FileProblem, unreadable } from "./file-problem.ts";
import { isMissing, readBounded, utf8 } from "./read-bounded.ts";
import { channelFault, type RegulatoryDb, readRegulatoryDb } from "./regulatory-db.ts";
import type { Config } from "./types.ts";

/** Thousands of modems' worth; parsing it stays well below 20 ms on a small computer for a config of usual size. */
const MAX_CONFIG_BYTES = 64 * 1024;

/** A config that may be used, or why not. */
export type LoadedConfig = { readonly config: Config } | { readonly problems: readonly FileProblem[] };

/** Reads wanherd.yaml. No file means defaults. Never rejects. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const regulatory = await readRegulatoryDb();
  try {
    return parseConfig(utf8(await readBounded(file, MAX_CONFIG_BYTES)), file, regulatory);
  } catch (error) {
    return isMissing(error) ? parseConfig("", file) : { problems: [unreadable(file, error)] };
  }
}

/** The config in this text; `file` names it in problems. Without the database nothing is known of what countries allow. */
export function parseConfig(text: string, file: string, regulatory: RegulatoryDb | null = null): LoadedConfig {
  const schema = configSchema.check((context) => {
    const { country, channels } = context.value.accessPoint;
    if (regulatory === null || country === null) return;
    const refuse = (key: PropertyKey[], message: string): void =>
      void context.issues.push({ code: "custom", path: ["accessPoint", ...key], message, input: null });
    const rules = regulatory(country);
    if (rules === null) return refuse(["country"], `the kernel's database knows no country ${country}`);
    for (const [index, channel] of channels.entries()) {
      const fault = channelFault(channel, rules);
      if (fault !== null) refuse(["channels", index], `channel ${channel} ${fault} (${country})`);
    }
  });
  const checked = checkedYaml(text, schema, file);
  return "value" in checked ? { config: checked.value } : checked;
}
