import { stringify } from "yaml";
import { withoutSecrets } from "./without-secrets.ts";

/** The config as YAML, with a mark in place of each secret. */
export function configText(config: object): string {
  return stringify(withoutSecrets(config));
}
