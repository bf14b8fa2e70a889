/** One `KEY{attribute}op"value"` of a udev rule (udev(7), "Rules files"). */
export interface UdevToken {
  readonly key: string;
  readonly attribute: string | null;
  readonly operator: string;
  readonly value: string;
}

export type UdevRule = readonly UdevToken[];

const TOKEN = /^\s*([A-Z_]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*"([^"]*)"\s*(?:,|$)/;

/** The rules in the text of a file. Throws at a line that is neither rule, comment nor blank. */
export function parseUdevRules(text: string): UdevRule[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const rule: UdevToken[] = [];
      for (let rest = line; rest.trim() !== ""; ) {
        const [whole, key, attribute, operator, value] = TOKEN.exec(rest) ?? [];
        if (whole === undefined || key === undefined || operator === undefined || value === undefined) {
          throw new Error(`not a udev rule: ${line}`);
        }
        rule.push({ key, attribute: attribute ?? null, operator, value });
        rest = rest.slice(whole.length);
      }
      return rule;
    });
}
