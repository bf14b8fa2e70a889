import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FailureError, printable } from "../../machines/failure.ts";
import { isInterfaceName } from "./check-desired.ts";

/** Changes sysctls and can put them back, also after the process that changed them was killed. */
export interface Sysctls {
  /**
   * Turns forwarding on, and source checks loose (2) on `interfaces`, where answers may come in by a link that the
   * main table would not choose. Has conntrack tell of each connection's end: by default (2) the kernel does so only for
   * those that began when somebody was listening already (nf_conntrack_ecache.c). Puts the checks back on interfaces that are no longer named. Rejects: SystemRefused.
   */
  enter(interfaces: readonly string[]): Promise<void>;
  /** What of that is not so (any more), a phrase each; nothing is changed. */
  drift(interfaces: readonly string[]): Promise<string[]>;
  /** Puts everything back as it was before the first change and forgets it. Rejects: SystemRefused. */
  restore(): Promise<void>;
}

type Originals = Map<string, string>;

const FORWARD = "net/ipv4/ip_forward";
const EVENTS = "net/netfilter/nf_conntrack_events";
/** The kernel flips this one together with ip_forward (net/ipv4/devinet.c, inet_forward_change). */
const REDIRECTS = "net/ipv4/conf/all/accept_redirects";
const RP_FILTER = /^net\/ipv4\/conf\/([^/]+)\/rp_filter$/;
const VALUE = /^-?\d{1,10}$/;
const MAX_FILE = 100_000;

/**
 * `file` keeps the values from before our first change (`/run/wanherd/sysctl.json`: gone with a reboot, as the changes
 * are). It is written before a value is changed, so a kill at any moment loses none. Only `conf.IF.rp_filter` is
 * changed: the kernel uses the larger of it and `conf.all`, so 2 wins whatever `all` says (ip-sysctl.rst).
 */
export function createSysctls(options: { file: string; root: string }): Sysctls {
  const { file, root } = options;
  let originals: Originals | null = null;

  async function change(path: string, value: string): Promise<void> {
    const before = await read(path);
    if (before === null || before === value) return;
    originals ??= await load(file);
    if (!originals.has(path)) {
      if (path === FORWARD) originals.set(REDIRECTS, (await read(REDIRECTS)) ?? "0");
      originals.set(path, before);
      await save(file, originals);
    }
    await write(path, value);
  }

  async function putBack(kept: Originals, paths: readonly string[]): Promise<void> {
    // Map order has accept_redirects before ip_forward, which would flip it again: so in reverse.
    for (const path of [...paths].reverse()) {
      const value = kept.get(path);
      if (value !== undefined) await write(path, value);
    }
  }

  async function read(path: string): Promise<string | null> {
    const text = await readFile(`${root}/${path}`, "utf8").catch(() => null);
    return text === null ? null : text.trim();
  }

  async function write(path: string, value: string): Promise<void> {
    try {
      await writeFile(`${root}/${path}`, value);
    } catch (error) {
      // The interface vanished, or the kernel's module, and its values with it.
      if (isMissing(error) && (path === EVENTS || RP_FILTER.test(path))) return;
      throw refusal(path, error);
    }
  }

  return {
    async enter(interfaces) {
      originals ??= await load(file);
      const paths = interfaces.map(rpFilter);
      const left = [...originals.keys()].filter((path) => RP_FILTER.test(path) && !paths.includes(path));
      if (interfaces.length > 0) {
        await change(FORWARD, "1");
        await change(EVENTS, "1");
      }
      for (const path of paths) await change(path, "2");
      if (left.length === 0) return;
      await putBack(originals, left);
      for (const path of left) originals.delete(path);
      await save(file, originals);
    },
    async drift(interfaces) {
      if (interfaces.length === 0) return [];
      const wanted = [[FORWARD, "1"] as const, ...interfaces.map((name) => [rpFilter(name), "2"] as const)];
      const found = await Promise.all(wanted.map(async ([path, value]) => ({ path, value, is: await read(path) })));
      // An interface that has vanished took its values with it.
      const changed = found.filter(({ value, is }) => is !== null && is !== value);
      return changed.map(({ path, value, is }) => `${path} is ${printable(is ?? "", 20)} instead of ${value}`);
    },
    async restore() {
      const kept = originals ?? (await load(file));
      await putBack(kept, [...kept.keys()]);
      await rm(file, { force: true });
      originals = null;
    },
  };
}

function rpFilter(name: string): string {
  return `net/ipv4/conf/${name}/rp_filter`;
}

/** The file's values; none when there is no file. Entries that we cannot have written are left out. */
async function load(file: string): Promise<Originals> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    const entries = Object.entries(JSON.parse(text.slice(0, MAX_FILE)) ?? {});
    return new Map(entries.filter((entry): entry is [string, string] => isOriginal(entry[0], entry[1])));
  } catch {
    // Written whole by rename, so a torn file is not ours; without it nothing can be put back.
    return new Map();
  }
}

async function save(file: string, originals: Originals): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, `${JSON.stringify(Object.fromEntries(originals))}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw refusal(file, error);
  }
}

function isOriginal(path: string, value: unknown): boolean {
  const name = RP_FILTER.exec(path)?.[1];
  const known = [FORWARD, REDIRECTS, EVENTS].includes(path) || (name !== undefined && isInterfaceName(name));
  return known && typeof value === "string" && VALUE.test(value);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function refusal(path: string, cause: unknown): FailureError {
  const reason = printable(cause instanceof Error ? cause.message : String(cause), 200);
  return new FailureError("SystemRefused", `${path} could not be written: ${reason}`, { tried: path, cause });
}
