import { execa } from "execa";
import { OUTPUT_LIMIT, programEnvironment } from "../process/program-result.ts";

/** What systemd knows of a unit that is installed (systemd.directives(7), org.freedesktop.systemd1(5)). */
export interface UnitState {
  /** `enabled`, `disabled`, `masked`, …; empty where it has no file. */
  readonly file: string;
  /** `active`, `inactive`, `failed`, `activating`, … */
  readonly active: string;
  /** `running`, `dead`, `auto-restart`, … */
  readonly sub: string;
  /** `success`, or how it ended last: `exit-code`, `signal`, `watchdog`, … */
  readonly result: string;
  readonly restarts: number;
}

const TIMEOUT_MS = 10_000;
const PROPERTIES = ["LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "NRestarts"];

/** What `systemctl show` printed of these properties; null: there is no such unit, or that is no answer. Pure. */
export function parseUnitState(text: string): UnitState | null {
  const told = new Map(
    [...text.matchAll(/^([A-Za-z]{1,20})=([a-z0-9-]{0,40})$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  const active = told.get("ActiveState") ?? "";
  if (active === "" || told.get("LoadState") === "not-found") return null;
  const restarts = /^[0-9]{1,9}$/.exec(told.get("NRestarts") ?? "")?.[0];
  return {
    file: told.get("UnitFileState") ?? "",
    active,
    sub: told.get("SubState") ?? "",
    result: told.get("Result") ?? "",
    restarts: Number(restarts ?? 0),
  };
}

/** Asks systemd for a unit. Null: there is none of this name, or no systemd that answers. Never rejects. */
export async function readUnitState(unit: string): Promise<UnitState | null> {
  const properties = PROPERTIES.map((name) => `--property=${name}`);
  return parseUnitState(await outputOf("systemctl", ["show", unit, ...properties]));
}

/** Whether a time server keeps this computer's clock (adjtimex(2), STA_UNSYNC); null: nobody here can tell. Never rejects. */
export async function isClockSynchronised(): Promise<boolean | null> {
  const text = (await outputOf("timedatectl", ["show", "--property=NTPSynchronized", "--value"])).trim();
  return text === "yes" ? true : text === "no" ? false : null;
}

/** What a program printed; nothing where it fails. */
async function outputOf(program: string, words: readonly string[]): Promise<string> {
  const options = { env: programEnvironment(), timeout: TIMEOUT_MS, maxBuffer: OUTPUT_LIMIT, reject: false } as const;
  const { stdout, failed } = await execa(program, words, { ...options, stdin: "ignore" });
  return failed ? "" : stdout;
}
