import { stringify } from "yaml";
import { redact } from "../config/redact.ts";
import type { Config } from "../config/types.ts";

/** The config as YAML, with a mark in place of each secret. */
export function configText(config: Config): string {
  return stringify(redact(config));
}
