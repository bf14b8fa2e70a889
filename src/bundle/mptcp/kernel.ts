import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { FailureError, failureFrom, printable } from "../../../machines/failure.ts";
import { programEnvironment, programResult } from "../../process/program-result.ts";
import { createReadyProgram } from "../../process/ready-program.ts";
import type { BundleMember } from "../types.ts";
import { type Endpoint, endpointLines, parseEndpoints, parseLimits } from "./endpoints.ts";
import { isWorthAnother, UNKNOWN_BYTES } from "./send-buffer.ts";

/** What of the kernel's Multipath TCP we change, and put back, also what a killed process of ours changed. */
export interface MptcpKernel {
  /** Lets connections have as many subflows as there may be links, and buffers that fill them all. Rejects with FailureError. */
  enter(): Promise<void>;
  /** How much a subflow may hold, in bytes (send-buffer.ts); from the next `enter` on, where that is yet to come. */
  sendBuffer(bytes: number): Promise<void>;
  /** Opens a subflow from each of these to every connection, those that are open included, and closes those of others. */
  follow(members: readonly BundleMember[]): Promise<void>;
  /** All as it was before. Rejects with the first FailureError, after all was tried. */
  restore(): Promise<void>;
}

/** The most that the kernel allows (MPTCP_SUBFLOWS_MAX, net/mptcp/protocol.h). */
const LIMITS = { accepted: 8, subflows: 8 } as const;
/** A sum of links of 20 MB/s and a round trip of 0.4 s, twice: what came too early on one link waits for room. */
const RECEIVE_BYTES = 16 * 1024 * 1024;
const RECEIVE = "net/ipv4/tcp_rmem";
const SEND = "net/ipv4/tcp_wmem";
/** Not there in every kernel. */
const CONGESTION = "net/ipv4/tcp_congestion_control";
/**
 * A subflow that loses everything is sent around at its first timeout; four by default (mptcp-sysctl.rst). BBR fills no queue of the
 * network's, in which all that is lost with another link would wait, and goes on where single packets are lost. tcp_notsent_lowat is of
 * no use: Linux 6.12 takes no notice of it for subflows (`ss -tni`: 670 kB unsent at 16 KiB), hence send-buffer.ts.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  "net/mptcp/enabled": "1",
  "net/mptcp/stale_loss_cnt": "1",
  [CONGESTION]: "bbr",
};
const TIMEOUT_MS = 5_000;
const MAX_FILE = 100_000;
const VALUE = /^(?:[0-9]{1,10}(?:[\t ][0-9]{1,10}){0,2}|[a-z][a-z0-9_-]{1,15})$/;
/** `ip -batch` says so of what has gone with its interface, or was there before. */
const HARMLESS = /Invalid address|No such|not found|Cannot find device|exists/i;

interface Notes {
  readonly sysctls: Readonly<Record<string, string>>;
  readonly limits: { readonly accepted: number; readonly subflows: number } | null;
  /** Addresses of endpoints that we made. */
  readonly endpoints: readonly string[];
}

const NOTHING: Notes = { sysctls: {}, limits: null, endpoints: [] };

/** `file` has what was before our first change; it is written before anything is changed, and gone with a reboot, as the changes are. */
export function createMptcpKernel(options: {
  readonly file: string;
  readonly onNotice: (text: string) => void;
  readonly ip?: string;
  readonly root?: string;
}): MptcpKernel {
  const { file, onNotice, ip = "ip", root = "/proc/sys" } = options;
  const readyBatch = () => createReadyProgram({ command: ip, args: ["-force", "-batch", "-"], timeoutMs: TIMEOUT_MS });
  let batch = readyBatch();
  let notes: Notes | null = null;
  /** What the kernel holds, as last seen. */
  let present: readonly Endpoint[] | null = null;
  let isIn = false;
  let wantedBytes = UNKNOWN_BYTES;
  let sendBytes = UNKNOWN_BYTES;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  }

  async function tell(args: readonly string[]): Promise<{ stdout: string; stderr: string; ok: boolean }> {
    const end = await execa(ip, args, {
      ...{ reject: false, extendEnv: false, env: programEnvironment(), timeout: TIMEOUT_MS },
    });
    const { exitCode, stdout, stderr } = programResult(ip, end);
    return { stdout, stderr, ok: exitCode === 0 };
  }

  async function note(change: Partial<Notes>): Promise<Notes> {
    const now = { ...(notes ?? (await load(file))), ...change };
    notes = now;
    await save(file, now);
    return now;
  }

  async function set(path: string, value: string): Promise<void> {
    const before = await read(path);
    if (before === null || before === value) return;
    const known = notes ?? (await load(file));
    if (known.sysctls[path] === undefined) await note({ sysctls: { ...known.sysctls, [path]: before } });
    await write(path, value);
  }

  async function read(path: string): Promise<string | null> {
    const text = await readFile(`${root}/${path}`, "utf8").catch(() => null);
    return text === null ? null : text.trim();
  }

  async function write(path: string, value: string): Promise<void> {
    try {
      await writeFile(`${root}/${path}`, value);
    } catch (cause) {
      throw new FailureError("SystemRefused", `${path} could not be written: ${failureFrom(cause).message}`, { cause });
    }
  }

  async function enter(): Promise<void> {
    if ((await read("net/mptcp/enabled")) === null)
      throw new FailureError("SystemRefused", "this kernel has no Multipath TCP (CONFIG_MPTCP)");
    for (const [path, value] of Object.entries(SETTINGS)) {
      await set(path, value).catch((error: unknown) => {
        if (path !== CONGESTION) throw error;
        onNotice("this kernel has no BBR: losses cost the bundle more than they need to");
      });
    }
    const [least, usual, most] = ((await read(RECEIVE)) ?? "").split(/\s+/);
    if (Number(most) < RECEIVE_BYTES) await set(RECEIVE, `${least}\t${usual}\t${RECEIVE_BYTES}`);
    await setSendBuffer(wantedBytes);
    isIn = true;
    const limits = parseLimits((await tell(["mptcp", "limits", "show"])).stdout);
    const known = notes ?? (await load(file));
    if (known.limits === null && limits !== null) await note({ limits });
    await setLimits(LIMITS);
  }

  async function setSendBuffer(bytes: number): Promise<void> {
    const [least, usual] = ((await read(SEND)) ?? "").split(/\s+/);
    await set(SEND, `${least}\t${usual}\t${Math.max(bytes, Number(usual))}`);
    sendBytes = bytes;
  }

  async function sendBuffer(bytes: number): Promise<void> {
    wantedBytes = bytes;
    if (isIn && isWorthAnother(sendBytes, bytes)) await setSendBuffer(bytes);
  }

  async function setLimits({ accepted, subflows }: { accepted: number; subflows: number }): Promise<void> {
    const words = ["mptcp", "limits", "set", "subflows", `${subflows}`, "add_addr_accepted", `${accepted}`];
    const { ok, stderr } = await tell(words);
    if (!ok) throw new FailureError("SystemRefused", `ip ${words.join(" ")}: ${printable(stderr, 200)}`);
  }

  /**
   * What has to go goes by what was seen last, for each moment counts: the other end sends on over a dead link until it is told. Only
   * then the kernel is looked at, and what others changed meanwhile is put right.
   */
  async function follow(members: readonly BundleMember[]): Promise<void> {
    const known = notes ?? (await load(file));
    const added = await change(present ?? (await look()), known, members);
    if (added === null) return batch.warm();
    await change(await look(), notes ?? known, members);
    const kept = known.endpoints.filter((address) => members.some((member) => member.address === address));
    const left = [...new Set([...kept, ...added])];
    if (left.join() !== (notes ?? known).endpoints.join()) await note({ endpoints: left });
    batch.warm();
  }

  async function look(): Promise<readonly Endpoint[]> {
    present = parseEndpoints((await tell(["-j", "mptcp", "endpoint", "show"])).stdout);
    return present;
  }

  /** Resolves with the addresses that were added; null: there was nothing to change. */
  async function change(
    seen: readonly Endpoint[],
    { endpoints }: Notes,
    members: readonly BundleMember[],
  ): Promise<readonly string[] | null> {
    const { remove, add } = endpointLines(seen, new Set(endpoints), members);
    const lines = [...remove, ...add];
    if (lines.length === 0) return null;
    const added = add.flatMap((line) => /^mptcp endpoint add (\S+) /.exec(line)?.[1] ?? []);
    if (added.length > 0) await note({ endpoints: [...new Set([...endpoints, ...added])] });
    present = null;
    const { exitCode, stderr } = await batch.run(lines.map((line) => `${line}\n`).join(""));
    if (exitCode === 0) return added;
    if (!HARMLESS.test(stderr))
      throw new FailureError("SystemRefused", `the kernel refused an MPTCP endpoint: ${printable(stderr, 200)}`);
    onNotice(`an MPTCP endpoint was left out: ${printable(stderr, 200)}`);
    return added;
  }

  async function restore(): Promise<void> {
    isIn = false;
    const known = notes ?? (await load(file));
    const failures: unknown[] = [];
    const attempt = (step: () => Promise<void>): Promise<void> => step().catch((error) => void failures.push(error));
    if (known.endpoints.length > 0) await attempt(() => follow([]));
    await batch.close();
    batch = readyBatch();
    present = null;
    const { limits } = known;
    if (limits !== null) await attempt(() => setLimits(limits));
    for (const [path, value] of Object.entries(known.sysctls)) await attempt(() => write(path, value));
    await rm(file, { force: true });
    notes = null;
    if (failures.length > 0) throw failures[0];
  }

  return {
    enter: () => inTurn(enter),
    sendBuffer: (bytes) => inTurn(() => sendBuffer(bytes)),
    follow: (members) => inTurn(() => follow(members)),
    restore: () => inTurn(restore),
  };
}

async function load(file: string): Promise<Notes> {
  try {
    const text = await readFile(file, "utf8");
    const { sysctls, limits, endpoints } = JSON.parse(text.slice(0, MAX_FILE)) as Record<string, unknown>;
    const known = [RECEIVE, SEND, ...Object.keys(SETTINGS)];
    const values = Object.entries((sysctls ?? {}) as Record<string, unknown>).filter(
      (entry): entry is [string, string] =>
        known.includes(entry[0]) && typeof entry[1] === "string" && VALUE.test(entry[1]),
    );
    const { accepted, subflows } = (limits ?? {}) as Record<string, unknown>;
    return {
      sysctls: Object.fromEntries(values),
      limits: typeof accepted === "number" && typeof subflows === "number" ? { accepted, subflows } : null,
      endpoints: (Array.isArray(endpoints) ? endpoints : []).filter((each): each is string => typeof each === "string"),
    };
  } catch {
    // Written whole by rename: without it nothing was changed.
    return NOTHING;
  }
}

async function save(file: string, notes: Notes): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, `${JSON.stringify(notes)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (cause) {
    throw new FailureError("SystemRefused", `${file} could not be written: ${failureFrom(cause).message}`, { cause });
  }
}
