import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { LanEffects } from "../../machines/access-point/effects.ts";
import { FailureError, failureFrom } from "../../machines/failure.ts";
import { checkBatch } from "../net/ip-batch.ts";
import type { NetworkWatch } from "../net/network-watch.ts";
import { createReadyProgram } from "../process/ready-program.ts";
import { type Present, parsePresent, READ_LINES } from "./present.ts";
import { foreignPorts, renderLan, renderRestore } from "./render-lan.ts";
import type { DesiredLan } from "./types.ts";

const TIMEOUT_MS = 10_000;

export interface LanOptions {
  readonly watch: Pick<NetworkWatch, "watchInterface">;
  /** What a person should know, each thing once. */
  readonly onNotice: (text: string) => void;
  /** For tests. */
  readonly ip?: string;
  readonly machineId?: string;
}

/**
 * The LAN's hands. Starts nothing until the first call. Calls are done one after the other. From `applyLan` to `restoreLan` the
 * bridge and its ports are watched: a port that comes joins, and what others take away is made again.
 */
export function createLan(options: LanOptions): LanEffects {
  const { watch, onNotice, ip = "ip", machineId = "/etc/machine-id" } = options;
  let last: Promise<unknown> = Promise.resolve();
  let told = "";
  let unwatch = (): void => {};

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
    const output = await run(["-N", "-j", "-d", "-force", "-batch", "-"], READ_LINES);
    try {
      return parsePresent(output);
    } catch (cause) {
      throw new FailureError("SystemRefused", "ip told its interfaces in no form that we know", { cause });
    }
  }

  async function change(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await run(["-force", "-batch", "-"], lines);
  }

  async function make(lan: DesiredLan): Promise<void> {
    const present = await readPresent();
    await change(renderLan(present, lan, await macAddressOf(lan.bridge, machineId)));
    const foreign = foreignPorts(present, lan).join(", ");
    tell(foreign === "" ? "" : `left out of the LAN, as another bridge has it: ${foreign}`);
  }

  function tell(text: string): void {
    if (text !== "" && text !== told) onNotice(text);
    told = text;
  }

  function watchAll(lan: DesiredLan): () => void {
    let isDue = false;
    let isOver = false;
    /** However many events there are, one look follows those that it has not seen. */
    function look(): void {
      if (isDue) return;
      isDue = true;
      inTurn(async () => {
        isDue = false;
        if (!isOver) await make(lan);
      }).catch((error: unknown) => tell(`the LAN could not be made again: ${failureFrom(error).message}`));
    }
    const ends = [lan.bridge, ...lan.ports].map((name) => watch.watchInterface(name, look));
    return () => {
      isOver = true;
      for (const end of ends) end();
    };
  }

  return {
    applyLan: (lan) =>
      inTurn(async () => {
        unwatch();
        await make(lan);
        unwatch = watchAll(lan);
      }),
    restoreLan: () =>
      inTurn(async () => {
        unwatch();
        await change(renderRestore(await readPresent()));
      }),
  };
}

/** The same on this computer for ever, as clients know a network by its gateway's; locally administered, of nobody's range. */
async function macAddressOf(bridge: string, machineId: string): Promise<string> {
  const seed = await readFile(machineId, "utf8").catch(() => "");
  const bytes = createHash("sha256").update(`wanherd ${bridge} ${seed.trim()}`).digest().subarray(0, 5);
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
