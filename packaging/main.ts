// `npm run package [-- --arch amd64,arm64,armhf] [--package-version V] [--out FOLDER]`: a .deb for each architecture, made anywhere: nothing
// is compiled, native modules come from npm as the lock file names them.
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../test/bus/guest/project-root.ts";
import { ARCHITECTURES, isArchitecture } from "./architectures.ts";
import { buildDeb } from "./build-deb.ts";

const { values } = parseArgs({
  options: { arch: { type: "string" }, "package-version": { type: "string" }, out: { type: "string" } },
});
const wanted = values.arch?.split(",") ?? Object.keys(ARCHITECTURES);
const project = projectRoot();
const out = values.out ?? join(project, "dist-deb");
const manifest = JSON.parse(await readFile(join(project, "package.json"), "utf8")) as { version: string };
await mkdir(out, { recursive: true });
for (const architecture of wanted) {
  if (!isArchitecture(architecture)) {
    console.error(`no such architecture: ${architecture}; there are ${Object.keys(ARCHITECTURES).join(", ")}`);
    process.exitCode = 2;
    break;
  }
  const folder = await mkdtemp(join(tmpdir(), "wanherd-package-"));
  try {
    const version = values["package-version"] ?? manifest.version;
    console.log(await buildDeb({ project, folder, out, architecture, version }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
