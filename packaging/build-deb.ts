import { createHash } from "node:crypto";
import { chmod, cp, lutimes, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { execa } from "execa";
import { ARCHITECTURES, type ArchitectureName } from "./architectures.ts";
import { renderControl } from "./control.ts";
import { installModules } from "./modules.ts";

export interface DebOptions {
  /** The project's folder. */
  readonly project: string;
  /** An empty folder to work in. */
  readonly folder: string;
  /** Where the package is put. */
  readonly out: string;
  readonly architecture: ArchitectureName;
  readonly version: string;
}

const HOME = "usr/lib/wanherd";
const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"];

/**
 * Makes wanherd_VERSION_ARCHITECTURE.deb and resolves with its path. The same sources make the same bytes: all files carry the
 * time of SOURCE_DATE_EPOCH, else that of the last commit. Rejects with what npm, esbuild or dpkg-deb said.
 */
export async function buildDeb({ project, folder, out, architecture, version }: DebOptions): Promise<string> {
  const root = join(folder, "root");
  const place = (path: string): string => join(root, path);
  const put = async (path: string, content: string | Buffer, mode = 0o644): Promise<void> => {
    await mkdir(dirname(place(path)), { recursive: true });
    await writeFile(place(path), content);
    await chmod(place(path), mode);
  };
  const take = async (from: string, path: string, mode = 0o644): Promise<void> =>
    put(path, await readFile(join(project, from)), mode);

  await execa("node", ["build.mjs", "--product", place(`${HOME}/dist`)], { cwd: project });
  const program = place(`${HOME}/dist/wanherd.js`);
  const text = await readFile(program, "utf8");
  await put(`${HOME}/dist/wanherd.js`, text.replace(/^#!.*\n/, "#!/usr/bin/node\n"), 0o755);
  await put(`${HOME}/package.json`, `${JSON.stringify({ name: "wanherd", version, type: "module" }, null, 2)}\n`);
  await cp(join(project, "rules"), place(`${HOME}/rules`), { recursive: true });
  await installModules({ project, folder: join(folder, "modules"), home: place(HOME), ...ARCHITECTURES[architecture] });
  await mkdir(place("usr/bin"));
  await symlink("../lib/wanherd/dist/wanherd.js", place("usr/bin/wanherd"));

  await take("udev/60-wanherd.rules", "usr/lib/udev/rules.d/60-wanherd.rules");
  await take("udev/wanherd.service", "usr/lib/systemd/system/wanherd.service");
  await put("usr/lib/sysusers.d/wanherd.conf", "g wanherd - -\n");
  await take("packaging/wanherd.yaml", "etc/wanherd/wanherd.yaml", 0o600);
  const told = async (command: string): Promise<string> =>
    `${(await execa("node", [join(project, "dist/wanherd.js"), command])).stdout}\n`;
  await put("usr/share/bash-completion/completions/wanherd", await told("completion"));
  await put("usr/share/man/man8/wanherd.8.gz", await packed(await told("man-page")));
  await take("packaging/debian/copyright", "usr/share/doc/wanherd/copyright");
  await put("usr/share/doc/wanherd/NEWS.md.gz", await packed(await readFile(join(project, "CHANGELOG.md"), "utf8")));

  const files = await filesBelow(root);
  const sums = await Promise.all(
    files.filter((file) => !file.startsWith("etc/")).map(async (file) => `${await md5(place(file))}  ${file}\n`),
  );
  const sizes = await Promise.all(files.map(async (file) => (await readFile(place(file))).length));
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024);
  await put("DEBIAN/control", renderControl({ version, architecture, kilobytes }));
  await put("DEBIAN/conffiles", "/etc/wanherd/wanherd.yaml\n");
  await put("DEBIAN/md5sums", sums.join(""));
  for (const script of SCRIPTS) await take(`packaging/debian/${script}`, `DEBIAN/${script}`, 0o755);

  const epoch = process.env.SOURCE_DATE_EPOCH ?? (await lastCommit(project));
  await setTimes(root, Number(epoch));
  const deb = join(out, `wanherd_${version}_${architecture}.deb`);
  const options = ["--root-owner-group", "-Zxz", "--build", root, deb];
  await execa("dpkg-deb", options, { env: { SOURCE_DATE_EPOCH: epoch } });
  return deb;
}

/** As policy wants it: at the best level, without name and time (Debian Policy, 12.1 and 12.7). */
function packed(text: string): Promise<Buffer> {
  return promisify(gzip)(text, { level: 9 });
}

/** Regular files and none of the control folder's, by path from `root`, sorted. */
async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

async function md5(path: string): Promise<string> {
  return createHash("md5")
    .update(await readFile(path))
    .digest("hex");
}

/** In seconds; outside of a clone that of the changelog. */
async function lastCommit(project: string): Promise<string> {
  const { stdout, failed } = await execa("git", ["log", "-1", "--format=%ct"], { cwd: project, reject: false });
  if (!failed) return stdout.trim();
  return String(Math.floor((await stat(join(project, "CHANGELOG.md"))).mtimeMs / 1_000));
}

async function setTimes(root: string, seconds: number): Promise<void> {
  const entries = await readdir(root, { recursive: true });
  for (const entry of ["", ...entries]) await lutimes(join(root, entry), seconds, seconds);
}
