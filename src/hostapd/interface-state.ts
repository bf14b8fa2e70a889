import { readFile, readlink } from "node:fs/promises";
import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import { isInterfaceName } from "../net/check-desired.ts";
import { checkBatch } from "../net/ip-batch.ts";
import { OUTPUT_LIMIT, type ProgramResult, programEnvironment, programResult } from "../process/program-result.ts";

/** How an interface was before hostapd got it. */
export interface InterfaceState {
  readonly interface: string;
  /** The kernel's number for it, so that another one of the same name is not taken for it. */
  readonly index: number;
  /** As `iw` names it, e.g. `managed`. */
  readonly type: string;
  readonly address: string;
  readonly isUp: boolean;
  /** The bridge or bond that it is in. */
  readonly master: string | null;
}

export interface InterfacePrograms {
  readonly ip: string;
  readonly iw: string;
}

const TIMEOUT_MS = 5_000;
const IFF_UP = 1;
const TYPES: ReadonlySet<string> = new Set(["managed", "IBSS", "AP", "monitor", "mesh point", "P2P-client", "P2P-GO"]);

/** The kernel's number for the interface of this name; null: there is none. */
export async function indexOf(name: string, sysfs = "/sys"): Promise<number | null> {
  if (!isInterfaceName(name)) return null;
  const text = await readFile(`${sysfs}/class/net/${name}/ifindex`, "utf8").catch(() => "");
  return /^\d{1,10}$/.test(text.trim()) ? Number(text) : null;
}

/** Null: there is none of that name, or it is no radio's. Rejects with FailureError ProgramMissing or SystemRefused. */
export async function readInterface(
  name: string,
  programs: InterfacePrograms,
  sysfs = "/sys",
): Promise<InterfaceState | null> {
  const folder = `${sysfs}/class/net/${name}`;
  const read = async (file: string): Promise<string> =>
    (await readFile(`${folder}/${file}`, "utf8").catch(() => "")).trim();
  const index = await indexOf(name, sysfs);
  // One that was pulled out is not worth a process.
  if (index === null) return null;
  const [address, flags, master, info] = await Promise.all([
    read("address"),
    read("flags"),
    readlink(`${folder}/master`).catch(() => null),
    runProgram(programs.iw, ["dev", name, "info"]),
  ]);
  const type = /^\ttype (.{1,20})$/m.exec(info.stdout)?.[1] ?? "";
  if (!TYPES.has(type)) return null;
  const bridge = master?.split("/").at(-1) ?? null;
  return {
    interface: name,
    index,
    type,
    address: /^[0-9a-f:]{17}$/.test(address) ? address : "",
    isUp: (Number(flags) & IFF_UP) !== 0,
    master: bridge !== null && isInterfaceName(bridge) ? bridge : null,
  };
}

/** Makes it again what it was; one that has gone needs nothing. Rejects with FailureError ProgramMissing or SystemRefused. */
export async function giveBack(before: InterfaceState, programs: InterfacePrograms): Promise<void> {
  const now = await readInterface(before.interface, programs);
  if (now === null || now.index !== before.index) return;
  const { down, type, up } = wayBack(now, before);
  await tellIp(down, programs);
  if (type !== null) {
    const args = ["dev", before.interface, "set", "type", type];
    const { exitCode, stderr } = await runProgram(programs.iw, args);
    if (exitCode !== 0) throw refused(`iw ${args.join(" ")}`, stderr);
  }
  await tellIp(up, programs);
}

export interface WayBack {
  /** Lines for `ip -batch`. */
  readonly down: readonly string[];
  /** To be set in between; null: it is so. */
  readonly type: string | null;
  readonly up: readonly string[];
}

/** What to tell the kernel, and nothing that it holds already. Type and address can only be changed while it is down. */
export function wayBack(now: InterfaceState, before: InterfaceState): WayBack {
  const set = `link set dev ${before.interface}`;
  const type = now.type === before.type ? null : before.type;
  const isReaddressed = before.address !== "" && now.address !== before.address;
  const mustBeDown = now.isUp && (!before.isUp || type !== null || isReaddressed);
  return {
    down: [
      ...(now.master === before.master || now.master === null ? [] : [`${set} nomaster`]),
      ...(mustBeDown ? [`${set} down`] : []),
    ],
    type,
    up: [
      ...(isReaddressed ? [`${set} address ${before.address}`] : []),
      ...(now.master === before.master || before.master === null ? [] : [`${set} master ${before.master}`]),
      ...(before.isUp && (!now.isUp || mustBeDown) ? [`${set} up`] : []),
    ],
  };
}

async function tellIp(lines: readonly string[], programs: InterfacePrograms): Promise<void> {
  if (lines.length === 0) return;
  const input = lines.map((line) => `${line}\n`).join("");
  checkBatch(lines, await runProgram(programs.ip, ["-force", "-batch", "-"], { input }));
}

/** One of these short programs. Rejects with FailureError ProgramMissing or SystemRefused when it cannot be started. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<ProgramResult> {
  const { input = "", timeoutMs = TIMEOUT_MS, signal } = options;
  const end = await execa(program, args, {
    input,
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    maxBuffer: OUTPUT_LIMIT,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  return programResult(program, end);
}

export function refused(tried: string, said: string): FailureError {
  return new FailureError("SystemRefused", `\`${tried}\` failed: ${printable(said.trim(), 300)}`, { tried });
}
