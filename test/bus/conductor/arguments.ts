/** What came over the wire, read as what a handler needs; anything else is an error that names the field. */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(params: unknown) {
    if (typeof params !== "object" || params === null) throw new Error("the parameters are no object");
    this.#values = params as Record<string, unknown>;
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value !== "string") throw new Error(`${name} is no string`);
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.#values[name] === undefined ? undefined : this.text(name);
  }

  number(name: string, fallback?: number): number {
    const value = this.#values[name] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`${name} is no number`);
    return value;
  }

  /** A program and its arguments. */
  argv(name: string): readonly [string, ...string[]] {
    const value = this.#values[name];
    if (!Array.isArray(value) || value.length === 0 || !value.every((word) => typeof word === "string")) {
      throw new Error(`${name} is no list of words`);
    }
    return value as [string, ...string[]];
  }

  environment(name: string): Record<string, string> {
    const value = this.#values[name] ?? {};
    if (typeof value !== "object" || !Object.values(value).every((text) => typeof text === "string")) {
      throw new Error(`${name} is no record of strings`);
    }
    return value as Record<string, string>;
  }
}
