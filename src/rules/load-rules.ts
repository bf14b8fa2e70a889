import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { createBreather } from "../config/breather.ts";
import { checkedYaml } from "../config/checked-yaml.ts";
import { type FileProblem, unreadable } from "../config/file-problem.ts";
import { readBounded, utf8 } from "../config/read-bounded.ts";
import { type Rule, ruleFileSchema } from "./rule-schema.ts";

const MAX_FILES = 200;
const MAX_RULE_FILE_BYTES = 128 * 1024;

/**
 * Reads all `*.yaml` of the folder, in order of names. A file with a problem contributes no rule at all: half a vendor
 * would be harder to understand than none. Never rejects.
 */
export async function loadRules(folder: string): Promise<{ rules: readonly Rule[]; problems: readonly FileProblem[] }> {
  const rules: Rule[] = [];
  const problems: FileProblem[] = [];
  const breathe = createBreather();
  for (const file of await yamlFiles(folder, problems)) {
    await breathe();
    try {
      const loaded = parseRules(utf8(await readBounded(file, MAX_RULE_FILE_BYTES)), file);
      if ("problems" in loaded) problems.push(...loaded.problems);
      else rules.push(...loaded.rules);
    } catch (error) {
      problems.push(unreadable(file, error));
    }
  }
  return { rules, problems };
}

/** The rules in the text of one file. */
export function parseRules(
  text: string,
  file: string,
): { rules: readonly Rule[] } | { problems: readonly FileProblem[] } {
  const checked = checkedYaml(text, ruleFileSchema, file);
  if ("problems" in checked) return checked;
  const source = `rules/${basename(file)}`;
  return { rules: checked.value.rules.map((rule) => ({ ...rule, source })) };
}

async function yamlFiles(folder: string, problems: FileProblem[]): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml") && !name.startsWith("."));
    if (names.length > MAX_FILES) problems.push({ file: folder, line: 0, reason: `more than ${MAX_FILES} rule files` });
    return names
      .sort()
      .slice(0, MAX_FILES)
      .map((name) => join(folder, name));
  } catch (error) {
    problems.push(unreadable(folder, error));
    return [];
  }
}
