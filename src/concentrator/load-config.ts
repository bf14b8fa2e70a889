import { checkedYaml } from "../config/checked-yaml.ts";
import { type FileProblem, unreadable } from "../config/file-problem.ts";
import { isMissing, readBounded, utf8 } from "../config/read-bounded.ts";
import { concentratorSchema } from "./config-schema.ts";
import type { ConcentratorConfig } from "./types.ts";

const MAX_BYTES = 16 * 1024;

/** Reads concentrator.yaml. No file means defaults. Never rejects. */
export async function loadConcentratorConfig(
  file: string,
): Promise<{ readonly config: ConcentratorConfig } | { readonly problems: readonly FileProblem[] }> {
  let text = "";
  try {
    text = utf8(await readBounded(file, MAX_BYTES));
  } catch (error) {
    if (!isMissing(error)) return { problems: [unreadable(file, error)] };
  }
  const checked = checkedYaml(text, concentratorSchema, file);
  return "value" in checked ? { config: checked.value } : checked;
}
