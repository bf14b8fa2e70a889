import type { UdevRule, UdevToken } from "./udev-rules.ts";

/** A device as udev sees it: itself first, then its parents upwards. */
export interface FakeDevice {
  readonly action: string;
  readonly env: Readonly<Record<string, string>>;
  readonly chain: readonly {
    readonly kernel: string;
    readonly subsystem: string;
    readonly driver?: string;
    readonly attributes?: Readonly<Record<string, string>>;
  }[];
}

/** What the rules made of it. */
export interface Outcome {
  readonly env: Record<string, string>;
  readonly links: string[];
  readonly tags: string[];
}

/** Applies rules as udev(7) describes, for the keys that our rules use; an unknown key is an error. */
export function applyUdevRules(rules: readonly UdevRule[], device: FakeDevice): Outcome {
  const outcome: Outcome = { env: { ...device.env }, links: [], tags: [] };
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index] ?? [];
    const parent = matches(rule, device, outcome);
    if (parent === null) continue;
    const target = perform(rule, parent, outcome);
    if (target === null) continue;
    index = rules.findIndex((other) => other.some((token) => token.key === "LABEL" && token.value === target));
    if (index < 0) throw new Error(`no label ${target}`);
  }
  return outcome;
}

const OWN = new Set(["ACTION", "SUBSYSTEM", "KERNEL", "ENV"]);
const UPWARD = new Set(["SUBSYSTEMS", "DRIVERS", "ATTRS"]);
type Link = FakeDevice["chain"][number];

/** The device of the chain that all upward matches hold for (the device itself when there are none), or null. */
function matches(rule: UdevRule, device: FakeDevice, outcome: Outcome): Link | null {
  const tests = rule.filter((token) => token.operator === "==" || token.operator === "!=");
  const [self] = device.chain;
  if (!self) throw new Error("a device needs a chain");
  for (const { key } of tests) if (!OWN.has(key) && !UPWARD.has(key)) throw new Error(`unknown match ${key}`);
  const own = { ACTION: device.action, SUBSYSTEM: self.subsystem, KERNEL: self.kernel };
  const holds = (token: UdevToken, actual: string | undefined) =>
    actual !== undefined && glob(token.value, actual) === (token.operator === "==");
  for (const token of tests.filter(({ key }) => OWN.has(key))) {
    const actual =
      token.key === "ENV" ? (outcome.env[token.attribute ?? ""] ?? "") : own[token.key as keyof typeof own];
    if (!holds(token, actual)) return null;
  }
  const upward = tests.filter(({ key }) => UPWARD.has(key));
  if (upward.length === 0) return self;
  const value = (link: Link, { key, attribute }: UdevToken) =>
    key === "SUBSYSTEMS"
      ? link.subsystem
      : key === "DRIVERS"
        ? (link.driver ?? "")
        : link.attributes?.[attribute ?? ""];
  return device.chain.find((link) => upward.every((token) => holds(token, value(link, token)))) ?? null;
}

/** Does the assignments; returns where to go, or null. */
function perform(rule: UdevRule, parent: Link, outcome: Outcome): string | null {
  const expand = (text: string) =>
    text
      .replaceAll("$id", parent.kernel)
      .replace(/\$attr\{([^}]*)\}/g, (_, name) => parent.attributes?.[name] ?? "")
      .replace(/\$env\{([^}]*)\}/g, (_, name) => outcome.env[name] ?? "");
  let target: string | null = null;
  for (const { key, attribute, operator, value } of rule) {
    if (operator === "==" || operator === "!=") continue;
    if (key === "ENV") outcome.env[attribute ?? ""] = expand(value);
    else if (key === "SYMLINK") outcome.links.push(expand(value));
    else if (key === "TAG") outcome.tags.push(value);
    else if (key === "GOTO") target = value;
    else if (key !== "LABEL") throw new Error(`unknown assignment ${key}`);
  }
  return target;
}

/** udev's patterns: `*`, `?`, `[…]`, and `|` between alternatives. */
function glob(pattern: string, text: string): boolean {
  return pattern.split("|").some((one) => {
    const source = one
      .replace(/[.+^${}()\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${source}$`, "s").test(text);
  });
}
