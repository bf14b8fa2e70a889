import { type UsbDevice, usbId } from "../hotplug/types.ts";
import { interfaceOfClass } from "./class-triple.ts";
import type { Rule, RuleMatch } from "./rule-schema.ts";

/** How well a rule fits a device, and in words why. */
export interface Fingerprint {
  readonly rule: Rule;
  readonly score: number;
  readonly why: readonly string[];
}

/** Ids outweigh everything else together, a vendor outweighs classes, strings outweigh classes: they are less shared. */
const WEIGHT = { id: 1000, vendor: 300, string: 20, interface: 10 };

/**
 * The rule's fingerprint on this device, or null when one of its conditions fails. A rule with more conditions scores
 * higher. `ambiguous`: these ids are known to be shared by different devices, so that ids alone decide nothing.
 */
export function fingerprint(rule: Rule, device: UsbDevice, ambiguous: boolean): Fingerprint | null {
  const conditions = [...idConditions(rule.match, device), ...extraConditions(rule.match, device)];
  if (!conditions.every((condition) => condition.holds)) return null;
  if (ambiguous && rule.match.ids && conditions.length === 1) return null;
  return {
    rule,
    score: conditions.reduce((sum, condition) => sum + condition.weight, 0),
    why: conditions.map((condition) => condition.words),
  };
}

/** The rule that fits best; of equal ones the first. Null: none fits. */
export function bestFingerprint(rules: readonly Rule[], device: UsbDevice, ambiguous: boolean): Fingerprint | null {
  let best: Fingerprint | null = null;
  for (const rule of rules) {
    const found = fingerprint(rule, device, ambiguous);
    if (found && (best === null || found.score > best.score)) best = found;
  }
  return best;
}

/** Whether the rule names a make, as opposed to a class that any maker may use. */
export function namesMake(rule: Rule): boolean {
  return rule.match.ids !== undefined || rule.match.vendor !== undefined;
}

interface Condition {
  readonly holds: boolean;
  readonly weight: number;
  readonly words: string;
}

function idConditions({ ids, vendor }: RuleMatch, device: UsbDevice): Condition[] {
  const id = usbId(device);
  return [
    ...(ids ? [{ holds: ids.includes(id), weight: WEIGHT.id, words: `its id is ${id}` }] : []),
    ...(vendor
      ? [{ holds: id.startsWith(`${vendor}:`), weight: WEIGHT.vendor, words: `its vendor id is ${vendor}` }]
      : []),
  ];
}

function extraConditions(match: RuleMatch, device: UsbDevice): Condition[] {
  const interfaces = (match.interfaces ?? []).map((pattern) => ({
    holds: interfaceOfClass(device.interfaces, [pattern]) !== null,
    weight: WEIGHT.interface,
    words: `it has an interface of class ${pattern}`,
  }));
  const choice = match.anyInterface ?? [];
  const oneOf =
    choice.length === 0
      ? []
      : [
          {
            holds: interfaceOfClass(device.interfaces, choice) !== null,
            weight: WEIGHT.interface,
            words: `it has an interface of class ${choice.join(" or ")}`,
          },
        ];
  const strings = (["manufacturer", "product", "serial"] as const).flatMap((name) => {
    const part = match[name];
    if (part === undefined) return [];
    return [{ holds: device[name].includes(part), weight: WEIGHT.string, words: `its ${name} contains “${part}”` }];
  });
  return [...interfaces, ...oneOf, ...strings];
}
