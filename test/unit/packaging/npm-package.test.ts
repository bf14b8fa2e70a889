import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";

/** What a clone has and an installed program must not need. */
const NOT_COPIED = new Set(["node_modules", "dist", "dist-deb", ".git", "test-artefacts"]);

let root: string;
let files: readonly string[];

/** The program as npm installs it: what `npm pack` makes, unpacked, beside its dependencies. */
const installed = () => join(root, "package");
const wanherd = (...words: string[]) =>
  execa(process.execPath, [join(installed(), "dist/wanherd.js"), ...words], { cwd: "/", reject: false });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "npm-package-"));
  const clone = join(root, "clone");
  await cp(process.cwd(), clone, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
  await symlink(join(process.cwd(), "node_modules"), join(clone, "node_modules"));
  const pack = ["pack", "--json", "--pack-destination", root];
  const { stdout } = await execa("npm", pack, { cwd: clone, env: { npm_config_cache: join(root, "cache") } });
  const [{ filename, files: packed }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  files = packed.map(({ path }) => path);
  await execa("tar", ["-xzf", filename], { cwd: root });
  await symlink(join(process.cwd(), "node_modules"), join(installed(), "node_modules"));
}, 120_000);

afterAll(() => rm(root, { recursive: true, force: true }));

test("has the program, its rules, udev's, and what tells of it, and nothing of how it is made and tested", async () => {
  const rules = (await readdir("rules")).map((name) => `rules/${name}`);
  const udev = (await readdir("udev")).map((name) => `udev/${name}`);
  const needed = ["package.json", "README.md", "CHANGELOG.md", "dist/wanherd.js", "dist/page/page.html"];
  expect(files).toEqual(expect.arrayContaining([...needed, ...rules, ...udev]));
  expect(
    files.filter((path) => !/^(?:dist|rules|udev)\/|^(?:package\.json|README\.md|CHANGELOG\.md)$/.test(path)),
  ).toEqual([]);
  const programs = files.filter((path) => /^dist\/[^/]+\.js$/.test(path) && !/-[A-Z0-9]{8}\.js$/.test(path));
  expect(programs).toEqual(["dist/wanherd.js"]);
});

test("answers as it is, from wherever it is called", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  expect(await wanherd("--version")).toMatchObject({ exitCode: 0, stdout: version });
  expect(await wanherd("--help")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("doctor") });
  expect((await wanherd("rules", "check")).stdout).toMatch(/rules\/zte\.yaml +[1-9]/);
});

test("its doctor looks, and names the udev rules where they are", async () => {
  const { stdout } = await wanherd("doctor", "--json");
  const findings = JSON.parse(stdout) as { level: string; text: string; mend?: string }[];
  expect(findings.map(({ text }) => text)).toContain(`Node ${process.versions.node}`);
  const udev = findings.find(({ text }) => text.includes("udev rules of wanherd"));
  if (udev?.level !== "ok") expect(udev?.mend).toContain(`cp ${join(installed(), "udev")}/*.rules /etc/udev/rules.d/`);
});
