import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** Builds watch-program.ts into a folder of its own, whoever asks removes that; answers with the file. */
export async function buildProgram(): Promise<string> {
  const outfile = join(await mkdtemp(join(tmpdir(), "watch-program-")), "watch.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "watch-program.ts")],
    ...{ outfile, bundle: true, platform: "node", format: "esm", logLevel: "warning" },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return outfile;
}
