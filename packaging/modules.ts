import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Architecture } from "./architectures.ts";

/** What esbuild leaves outside of the bundle, as it loads native code (build.mjs). */
const NATIVE = ["usb", "@serialport/bindings-cpp"];
/** What a module needs to build itself, to be typed or to be read; types of other packages. */
const NEEDLESS = /^(?:@types\/|node-addon-api$)/;
const NEEDLESS_FILE = /^(?!LICEN[CS]E).*\.(?:d\.[cm]?ts|ts|map|md|gyp|gypi|h|cpp|c|cc|yml)$/i;
const NEEDLESS_FOLDER = /^(?:test|tests|scripts|docs|\.github)$/;

export interface ModulesOptions extends Architecture {
  readonly project: string;
  /** A folder that need not exist, to work in. */
  readonly folder: string;
  /** Gets node_modules. */
  readonly home: string;
}

/**
 * Puts the native modules, and what they need, into HOME/node_modules, with the binaries of one architecture only. npm installs
 * them for that architecture, by the lock file's versions and checksums, without running any script of theirs.
 */
export async function installModules({ project, folder, home, cpu, prebuild }: ModulesOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) await cp(join(project, file), join(folder, file));
  const target = ["--os=linux", `--cpu=${cpu}`, "--libc=glibc"];
  await execa(
    "npm",
    ["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", ...target],
    { cwd: folder },
  );
  for (const name of await closure(join(folder, "node_modules"), NATIVE)) {
    const from = join(folder, "node_modules", name);
    const to = join(home, "node_modules", name);
    await cp(from, to, { recursive: true });
    await prune(to);
  }
  const bindings = join(home, "node_modules/@serialport/bindings-cpp/prebuilds");
  await rm(bindings, { recursive: true, force: true });
  const built = join(folder, "node_modules/@serialport/bindings-cpp/prebuilds");
  await cp(join(built, prebuild), join(bindings, prebuild), { recursive: true });
}

/** The modules of these names, with all that they depend on and that is installed (optional ones of other machines are not). */
async function closure(modules: string, names: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const queue = [...names];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (found.has(name) || NEEDLESS.test(name)) continue;
    const text = await readFile(join(modules, name, "package.json"), "utf8").catch(() => null);
    if (text === null) continue;
    found.add(name);
    const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
    queue.push(...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  }
  return [...found].sort();
}

async function prune(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (NEEDLESS_FOLDER.test(entry.name)) await rm(path, { recursive: true });
      else await prune(path);
    } else if (NEEDLESS_FILE.test(entry.name)) await rm(path);
  }
}
