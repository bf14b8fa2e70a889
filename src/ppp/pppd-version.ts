import { execa } from "execa";

/** The version of an installed pppd, as three numbers: `[2, 5, 2]`. Null: not installed, or it tells none. */
export type PppdVersion = readonly [number, number, number] | null;

/** Asks the program (`pppd --version`, pppd(8)). Never rejects: a missing pppd is told of where one is needed. */
export async function readPppdVersion(program: string): Promise<PppdVersion> {
  const { stdout, stderr } = await execa(program, ["--version"], {
    reject: false,
    stdin: "ignore",
    timeout: 5_000,
    maxBuffer: 10_000,
    extendEnv: false,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
  });
  return parsePppdVersion(`${stdout ?? ""}\n${stderr ?? ""}`);
}

export function parsePppdVersion(text: string): PppdVersion {
  const [, major, minor, patch] = /pppd version (\d{1,3})\.(\d{1,3})\.(\d{1,3})/.exec(text) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

/** `ip-pre-up-script` came with 2.5.2 (Debian 13); Debian 12's 2.4.9 ends at an option that it does not know. */
export function knowsPreUpScript(version: PppdVersion): boolean {
  return isAtLeast(version, 2_005_002);
}

/** `lcp-rtt-file` came with 2.5.1. */
export function knowsEchoFile(version: PppdVersion): boolean {
  return isAtLeast(version, 2_005_001);
}

/** `wanted` is written as in 2_005_001 for 2.5.1. */
function isAtLeast(version: PppdVersion, wanted: number): boolean {
  if (version === null) return false;
  const [major, minor, patch] = version;
  return major * 1_000_000 + minor * 1_000 + patch >= wanted;
}
