import { readFile, rename, writeFile } from "node:fs/promises";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import { giveBack, type InterfacePrograms, type InterfaceState, indexOf, readInterface } from "./interface-state.ts";

const MAX_FILE = 100_000;

/** How the interfaces that hostapd has were before, in a file, so that a killed agent's are given back too. */
export interface InterfaceNotes {
  /**
   * Before anything is done to it. One that is noted already is what an ended hostapd has left: what it was before that one stays
   * noted. Rejects with ProgramMissing or SystemRefused, also where it has gone or is no radio's.
   */
  keep(name: string): Promise<void>;
  /** Of those that are noted. */
  names(): Promise<readonly string[]>;
  /** Gives one back, if it was kept. Rejects with FailureError; it is then forgotten all the same. */
  giveBack(name: string): Promise<void>;
  /** All of them. Rejects with the first failure, after all were tried. */
  giveBackAll(): Promise<void>;
}

export function createInterfaceNotes(file: string, programs: InterfacePrograms): InterfaceNotes {
  let kept: Map<string, InterfaceState> | null = null;

  async function load(): Promise<Map<string, InterfaceState>> {
    kept ??= new Map(parse(await readFile(file, "utf8").catch(() => "[]")).map((state) => [state.interface, state]));
    return kept;
  }

  async function save(states: ReadonlyMap<string, InterfaceState>): Promise<void> {
    try {
      await writeFile(`${file}.new`, `${JSON.stringify([...states.values()])}\n`, { mode: 0o600 });
      await rename(`${file}.new`, file);
    } catch (cause) {
      throw new FailureError("SystemRefused", `${file}: ${failureFrom(cause).message}`, { tried: file, cause });
    }
  }

  async function giveOneBack(name: string): Promise<void> {
    const states = await load();
    const state = states.get(name);
    if (state === undefined) return;
    try {
      await giveBack(state, programs);
    } finally {
      states.delete(name);
      await save(states);
    }
  }

  return {
    async keep(name) {
      const states = await load();
      const noted = states.get(name);
      if (noted !== undefined && noted.index === (await indexOf(name))) return;
      const state = await readInterface(name, programs);
      if (state === null) throw new FailureError("SystemRefused", `${name} is no radio's interface, or has gone`);
      states.set(name, state);
      await save(states);
    },
    names: async () => [...(await load()).keys()],
    giveBack: giveOneBack,
    async giveBackAll() {
      const failures: unknown[] = [];
      for (const name of [...(await load()).keys()])
        await giveOneBack(name).catch((error: unknown) => void failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Written whole by rename, so what cannot be read is not ours; values of a wrong form are left out. */
function parse(text: string): InterfaceState[] {
  try {
    const states: unknown = JSON.parse(text.slice(0, MAX_FILE));
    return Array.isArray(states) ? states.filter(isState) : [];
  } catch {
    return [];
  }
}

function isState(value: Partial<Record<keyof InterfaceState, unknown>> | null): value is InterfaceState {
  const texts = [value?.interface, value?.type, value?.address, value?.master ?? ""];
  const areTexts = texts.every((text) => typeof text === "string" && /^[\w.: -]{0,40}$/.test(text));
  return areTexts && Number.isInteger(value?.index) && typeof value?.isUp === "boolean";
}
