import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import type { BalanceBy, RankChange } from "../inspector/types.ts";
import type { UplinkId } from "../net/types.ts";

/** Bounds as in the config. */
const Rank = z.object({
  weight: z.exactOptional(z.union([z.literal("auto"), z.int().min(1).max(1000)])),
  tier: z.exactOptional(z.int().min(1).max(9)),
  role: z.exactOptional(z.enum(["balance", "bundle"])),
});
const By = z.enum(["connection", "host"]);

/** What the agent decided or was told and must still know after a restart. No secret in the clear, but for root alone. */
const Decisions = z.object({
  /** Ports switched off or on by hand: wins over the config. */
  ports: z.record(z.string().max(32), z.object({ enabled: z.boolean() })).default({}),
  /** What a hand said of uplinks and of the balancer: wins over the config. */
  ranks: z.record(z.string().max(32), Rank).default({}),
  by: By.nullable().default(null),
  /** What uplinks were seen to carry, in bytes a second. */
  rates: z.record(z.string().max(32), z.int().min(1).max(1e12)).default({}),
  /** Short texts by key, e.g. the APN that last worked for a SIM. */
  remembered: z.record(z.string().max(64), z.string().max(128)).default({}),
});
type Decisions = z.infer<typeof Decisions>;

/** Most texts remembered; beyond it the oldest are forgotten. */
const MAX_REMEMBERED = 500;

/**
 * Small, durable decisions in one JSON file, written whole and renamed into place. A missing or broken file is
 * an empty one: every decision can be made anew. `problem` gets what could not be read or written.
 */
export class DecisionStore {
  readonly #file: string;
  readonly #problem: (message: string) => void;
  #decisions: Decisions;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, decisions: Decisions, problem: (message: string) => void) {
    this.#file = file;
    this.#decisions = decisions;
    this.#problem = problem;
  }

  static async open(file: string, problem: (message: string) => void): Promise<DecisionStore> {
    try {
      return new DecisionStore(file, Decisions.parse(JSON.parse(await readFile(file, "utf8"))), problem);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") problem(`${file} is not readable and is begun anew`);
      return new DecisionStore(file, Decisions.parse({}), problem);
    }
  }

  /** Null: nobody said anything about this port. */
  portEnabled(port: string): boolean | null {
    return this.#decisions.ports[port]?.enabled ?? null;
  }

  setPortEnabled(port: string, enabled: boolean): void {
    this.#change({ ...this.#decisions, ports: { ...this.#decisions.ports, [port]: { enabled } } });
  }

  /** By uplink: what a hand said. */
  get ranks(): Decisions["ranks"] {
    return this.#decisions.ranks;
  }

  /** What is not named stays as it was. */
  setRank(uplink: UplinkId, change: RankChange): void {
    const { [uplink]: before, ...others } = this.#decisions.ranks;
    const kept = Object.entries({ ...before, ...change }).filter(([, value]) => value !== "config");
    const ranks = kept.length === 0 ? others : { ...others, [uplink]: Object.fromEntries(kept) };
    this.#change({ ...this.#decisions, ranks });
  }

  /** Null: nobody said anything. */
  get by(): Decisions["by"] {
    return this.#decisions.by;
  }

  setBy(by: BalanceBy | "config"): void {
    this.#change({ ...this.#decisions, by: by === "config" ? null : by });
  }

  /** By uplink, in bytes a second. */
  get rates(): Decisions["rates"] {
    return this.#decisions.rates;
  }

  setRates(rates: Decisions["rates"]): void {
    this.#change({ ...this.#decisions, rates });
  }

  get(key: string): string | null {
    return this.#decisions.remembered[key] ?? null;
  }

  /** null forgets. */
  set(key: string, value: string | null): void {
    const { [key]: _, ...others } = this.#decisions.remembered;
    const kept = Object.fromEntries(Object.entries(others).slice(-(MAX_REMEMBERED - 1)));
    this.#change({ ...this.#decisions, remembered: value === null ? kept : { ...kept, [key]: value } });
  }

  /** Resolves when all that was decided is on disk. */
  async close(): Promise<void> {
    await this.#writing;
  }

  #change(decisions: Decisions): void {
    this.#decisions = decisions;
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error) => {
        this.#problem(`${this.#file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
      });
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o750 });
    const temporary = `${this.#file}.new`;
    await writeFile(temporary, JSON.stringify(this.#decisions), { mode: 0o600 });
    await rename(temporary, this.#file);
  }
}
