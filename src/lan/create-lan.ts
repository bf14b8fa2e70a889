import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { LanEffects } from "../../machines/access-point/effects.ts";
import { FailureError } from "../../machines/failure.ts";
import { checkBatch } from "../net/ip-batch.ts";
import { createReadyProgram } from "../process/ready-program.ts";
import { type Present, parsePresent, READ_LINES } from "./present.ts";
import { foreignPorts, renderLan, renderRestore } from "./render-lan.ts";

const TIMEOUT_MS = 10_000;

export interface LanOptions {
  /** What a person should know, each thing once. */
  readonly onNotice: (text: string) => void;
  /** For tests. */
  readonly ip?: string;
  readonly machineId?: string;
}

/** The LAN's hands. Starts nothing until the first call. Calls are done one after the other. */
export function createLan({ onNotice, ip = "ip", machineId = "/etc/machine-id" }: LanOptions): LanEffects {
  let last: Promise<unknown> = Promise.resolve();
  let told = "";

  function inTurn(job: () => Promise<void>): Promise<void> {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  }

  async function run(args: readonly string[], lines: readonly string[]): Promise<string> {
    const program = createReadyProgram({ command: ip, args, timeoutMs: TIMEOUT_MS });
    const result = await program.run(lines.map((line) => `${line}\n`).join(""));
    checkBatch(lines, result);
    return result.stdout;
  }

  async function readPresent(): Promise<Present> {
    const output = await run(["-4", "-N", "-j", "-d", "-force", "-batch", "-"], READ_LINES);
    try {
      return parsePresent(output);
    } catch (cause) {
      throw new FailureError("SystemRefused", "ip told its interfaces in no form that we know", { cause });
    }
  }

  async function change(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await run(["-force", "-batch", "-"], lines);
  }

  return {
    applyLan: (lan) =>
      inTurn(async () => {
        const present = await readPresent();
        await change(renderLan(present, lan, await macAddressOf(lan.bridge, machineId)));
        const foreign = foreignPorts(present, lan).join(", ");
        if (foreign !== "" && foreign !== told) onNotice(`left out of the LAN, as another bridge has it: ${foreign}`);
        told = foreign;
      }),
    restoreLan: () => inTurn(async () => change(renderRestore(await readPresent()))),
  };
}

/** The same on this computer for ever, as clients know a network by its gateway's; locally administered, of nobody's range. */
async function macAddressOf(bridge: string, machineId: string): Promise<string> {
  const seed = await readFile(machineId, "utf8").catch(() => "");
  const bytes = createHash("sha256").update(`wanherd ${bridge} ${seed.trim()}`).digest().subarray(0, 5);
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
