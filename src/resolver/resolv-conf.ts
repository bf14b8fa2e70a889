import { link, lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";

/** Whom this computer's own programs ask for names. */
export interface ResolvConf {
  /** They ask 127.0.0.1 first. What was there is kept, whatever it is. */
  claim(): Promise<void>;
  /** What was there is put back, unless somebody else has replaced ours. Nothing to do is no error. */
  release(): Promise<void>;
}

const MARK = "# Made by wanherd while it runs;";
const MAX_FILE = 64_000;
/** glibc looks at three (resolv.conf(5)). */
const MAX_OTHERS = 2;

/**
 * `file` is replaced by renaming and put back by renaming, so a symbolic link (of systemd-resolved, NetworkManager or
 * resolvconf) comes back as it was, and its target is never written. Kept beside it and not in /run, because a box whose
 * power is cut boots with ours in place: ours therefore also names those that were asked before, next to us, who are
 * asked at once when nobody answers at 127.0.0.1.
 *
 * When another program writes `file` meanwhile, that is what is kept and put back from the next claim on.
 */
export function createResolvConf(file = "/etc/resolv.conf"): ResolvConf {
  const kept = `${file}.before-wanherd`;
  const fresh = `${file}.wanherd-new`;
  return {
    async claim() {
      const before = await textOf(file);
      if (before.startsWith(MARK)) return;
      await rm(kept, { force: true });
      if (await exists(file)) await link(file, kept);
      await writeFile(fresh, renderResolvConf(before, kept), { mode: 0o644 });
      await rename(fresh, file);
    },
    async release() {
      const isOurs = (await textOf(file)).startsWith(MARK);
      if (!isOurs) await rm(kept, { force: true });
      else if (await exists(kept)) await rename(kept, file);
      else await rm(file, { force: true });
    },
  };
}

/** Ours, for `before` as it was: its search list stays, and its first name servers follow ours. */
export function renderResolvConf(before: string, kept: string): string {
  const lines = before.slice(0, MAX_FILE).split("\n");
  const others = lines
    .map((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? "")
    .filter((address) => isIP(address) !== 0 && address !== "127.0.0.1")
    .slice(0, MAX_OTHERS);
  return [
    `${MARK} what was here is kept in ${kept}.`,
    ...lines.filter((line) => /^(?:search|domain)\s/.test(line)),
    "nameserver 127.0.0.1",
    ...others.map((address) => `nameserver ${address}`),
    "",
  ].join("\n");
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
