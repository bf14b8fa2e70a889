import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { createBreather } from "../config/breather.ts";
import { checkedYaml } from "../config/checked-yaml.ts";
import { type FileProblem, unreadable } from "../config/file-problem.ts";
import { isMissing, readBounded, utf8 } from "../config/read-bounded.ts";
import { type Rule, ruleFileSchema } from "./rule-schema.ts";

const MAX_FILES = 200;
const MAX_RULE_FILE_BYTES = 128 * 1024;

/** Rules that were read, and what is wrong with the files that contribute none. */
export interface LoadedRules {
  readonly rules: readonly Rule[];
  readonly problems: readonly FileProblem[];
}

/** The folder of this machine's own rules, beside its config. */
export const LOCAL_RULES = "/etc/wanherd/rules";

/**
 * Reads all `*.yaml` of the folder, in order of names. A file with a problem contributes no rule at all: half a vendor
 * would be harder to understand than none. `local`: they are this machine's own, which are named by their whole path, and no such
 * folder means none. Never rejects.
 */
export async function loadRules(folder: string, { local = false } = {}): Promise<LoadedRules> {
  const rules: Rule[] = [];
  const problems: FileProblem[] = [];
  const breathe = createBreather();
  for (const file of await yamlFiles(folder, problems, local)) {
    await breathe();
    const loaded = await loadRuleFile(file, local ? file : `rules/${basename(file)}`);
    problems.push(...loaded.problems);
    rules.push(...loaded.rules);
  }
  return { rules, problems };
}

/** The rules of one file, which they name as `source`. Never rejects. */
export async function loadRuleFile(file: string, source: string): Promise<LoadedRules> {
  try {
    const loaded = parseRules(utf8(await readBounded(file, MAX_RULE_FILE_BYTES)), file, source);
    return "problems" in loaded ? { rules: [], problems: loaded.problems } : { rules: loaded.rules, problems: [] };
  } catch (error) {
    return { rules: [], problems: [unreadable(file, error)] };
  }
}

/** The rules in the text of one file. */
export function parseRules(
  text: string,
  file: string,
  source = `rules/${basename(file)}`,
): { rules: readonly Rule[] } | { problems: readonly FileProblem[] } {
  const checked = checkedYaml(text, ruleFileSchema, file);
  if ("problems" in checked) return checked;
  return { rules: checked.value.rules.map((rule) => ({ ...rule, source })) };
}

async function yamlFiles(folder: string, problems: FileProblem[], mayLack: boolean): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml") && !name.startsWith("."));
    if (names.length > MAX_FILES) problems.push({ file: folder, line: 0, reason: `more than ${MAX_FILES} rule files` });
    return names
      .sort()
      .slice(0, MAX_FILES)
      .map((name) => join(folder, name));
  } catch (error) {
    if (!(mayLack && isMissing(error))) problems.push(unreadable(folder, error));
    return [];
  }
}
