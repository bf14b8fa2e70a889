import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";

/** The file by which a need is seen to be met, and the Debian package that brings it. */
interface Need {
  readonly program: string;
  readonly package: string;
}

const NEEDS: readonly Need[] = [
  { program: "qemu-system-x86_64", package: "qemu-system-x86" },
  { program: "mmdebstrap", package: "mmdebstrap" },
  { program: "tar2sqfs", package: "squashfs-tools-ng" },
];

/** What mmdebstrap needs besides, to work without root: to map a range of user ids. */
const ROOTLESS_NEEDS: readonly Need[] = [{ program: "newuidmap", package: "uidmap" }];

const KEYRING = { path: "/usr/share/keyrings/debian-archive-keyring.gpg", package: "debian-archive-keyring" };

/** The Debian packages that this host lacks for building and running the guest. */
export function missingPackages(isRoot = process.getuid?.() === 0, path = process.env.PATH ?? ""): string[] {
  const needs = isRoot ? NEEDS : [...NEEDS, ...ROOTLESS_NEEDS];
  const missing = needs.filter((need) => !isInstalled(need.program, path)).map((need) => need.package);
  if (!existsSync(KEYRING.path)) missing.push(KEYRING.package);
  return missing;
}

/** The Debian package of a browser, for the page's tests, where this host lacks it. */
export function missingBrowser(path = process.env.PATH ?? ""): string[] {
  return isInstalled("chromium", path) ? [] : ["chromium"];
}

/** The Debian package that makes a disk for a guest, where this host lacks it. */
export function missingForDisk(path = process.env.PATH ?? ""): string[] {
  return isInstalled("mke2fs", `${path}${delimiter}/usr/sbin${delimiter}/sbin`) ? [] : ["e2fsprogs"];
}

/** The line that a person can copy. */
export function installLine(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends -y ${packages.join(" ")}`;
}

/**
 * Sees to it that the host has what the virtual bus needs, or what else `lacking` looks for: installs it, where this process may, by
 * apt.
 * @throws with one line to copy, where it may not or where apt fails.
 */
export async function ensurePrograms(
  log: (line: string) => void = () => {},
  lacking: () => string[] = missingPackages,
): Promise<void> {
  const missing = lacking();
  if (missing.length === 0) return;
  const become = await rootPrefix();
  if (become === undefined) {
    throw new Error(`the tests need programs that are not installed; please run:\n  ${installLine(missing)}`);
  }
  log(`installing ${missing.join(", ")}`);
  const [first, ...rest] = [...become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"];
  if (first === undefined) throw new Error("unreachable: the command line is never empty");
  try {
    await execa(first, [...rest, "update"], { stdin: "ignore" });
    await execa(first, [...rest, "install", "--no-install-recommends", ...missing], { stdin: "ignore" });
  } catch (cause) {
    throw new Error(`apt-get did not install what the tests need; please run:\n  ${installLine(missing)}`, {
      cause,
    });
  }
  const still = lacking();
  if (still.length > 0) throw new Error(`apt-get installed its packages, but ${still.join(", ")} is still missing`);
}

/** The words before a command that make it run as root: none for root, undefined where there is no way. */
async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const { failed } = await execa("sudo", ["-n", "true"], { reject: false, stdin: "ignore" });
  return failed ? undefined : ["sudo", "-n"];
}

function isInstalled(program: string, path: string): boolean {
  // Users' search paths often lack the sbin folders, apt's packages use them.
  return [...path.split(delimiter), "/usr/sbin", "/sbin"].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}
