import { execa } from "execa";
import type { InterfaceCondition, InterfaceEvent, InterfaceWatch } from "../../machines/interface/effects.ts";
import { OUTPUT_LIMIT, programEnvironment, programResult } from "../process/program-result.ts";
import { conditionLines, parseCondition } from "./interface-condition.ts";
import type { NetworkWatch } from "./network-watch.ts";

const TIMEOUT_MS = 10_000;

export interface InterfaceWatchOptions {
  readonly name: string;
  readonly watch: Pick<NetworkWatch, "watchInterface">;
  /** The gateway's own LAN address with prefix length; null: there is no LAN now that it could clash with. */
  readonly lan: () => string | null;
  /** Told when the interface could not be looked at. */
  readonly notice: (text: string) => void;
  /** For tests. */
  readonly read?: typeof readCondition;
}

/**
 * Tells what an interface is good for: once it is listened for its events, and after each of them. One look at a time: what
 * happens meanwhile is one more look.
 */
export function watchInterface(options: InterfaceWatchOptions, emit: (event: InterfaceEvent) => void): InterfaceWatch {
  const { name, watch, lan, notice, read = readCondition } = options;
  let isOver = false;
  let isLooking = false;
  let again = false;

  async function look(): Promise<void> {
    again = true;
    if (isLooking) return;
    isLooking = true;
    while (again && !isOver) {
      again = false;
      try {
        const seen = await read(name, lan());
        if (!isOver) emit({ type: "interface.seen", ...seen });
      } catch (error) {
        notice(`${name} could not be looked at: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    isLooking = false;
  }

  const end = watch.watchInterface(name, () => void look());
  return {
    look: () => void look(),
    end: () => {
      isOver = true;
      end();
    },
  };
}

/** Looks once what an interface is good for. Rejects with FailureError ProgramMissing or SystemRefused, or SyntaxError. */
export async function readCondition(name: string, lan: string | null): Promise<InterfaceCondition> {
  const end = await execa("ip", ["-N", "-j", "-force", "-batch", "-"], {
    input: conditionLines(name)
      .map((line) => `${line}\n`)
      .join(""),
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    maxBuffer: OUTPUT_LIMIT,
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  // It ends with 1 where there is no such interface, which is an answer.
  return parseCondition(programResult("ip", end).stdout, name, lan);
}
