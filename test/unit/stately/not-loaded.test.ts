import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot } from "../../bus/guest/project-root.ts";

/** What an agent that nobody looks at has no memory to spare for. */
const OF_STATELY = /^(src\/stately\/|node_modules\/(@statelyai|ws|superjson|partysocket)\/)/;

/** Loads the program's parts named by its arguments, one after the other, and says after each what is loaded by then. */
const LOADER = `
import { register } from "node:module";
const { port1, port2 } = new MessageChannel();
const loaded = [];
port1.on("message", (url) => loaded.push(url)).unref();
register(
  "data:text/javascript," +
    encodeURIComponent(\`
      let port;
      export const initialize = (given) => { port = given; };
      export async function load(url, context, next) {
        port.postMessage(url);
        return next(url, context);
      }\`),
  { data: port2, transferList: [port2] },
);
for (const part of process.argv.slice(2)) {
  await import(part);
  await new Promise((resolve) => setTimeout(resolve, 100));
  gc();
  const { heapUsed, rss } = process.memoryUsage();
  console.log(JSON.stringify({ loaded: [...loaded], heapUsed, rss }));
}
`;

let folder: string;
let meta: Metafile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "not-loaded-"));
  await writeFile(join(folder, "loader.mjs"), LOADER);
  await symlink(join(projectRoot(), "node_modules"), join(folder, "node_modules"));
  // As build.mjs does it.
  const built = await build({
    absWorkingDir: projectRoot(),
    entryPoints: ["src/main.ts"],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    outExtension: { ".js": ".mjs" },
    external: ["usb", "@serialport/bindings-cpp", "serialport"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    metafile: true,
    logLevel: "silent",
  });
  meta = built.metafile;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The file of the bundle that this source is the beginning of. */
function partOf(source: string): string {
  const [file] = Object.entries(meta.outputs).find(([, { entryPoint }]) => entryPoint === source) ?? [""];
  return join(folder, basename(file));
}

/** Of the sources in these files, those that only Stately's inspector needs. */
function ofStately(urls: readonly string[]): readonly string[] {
  const names = new Set(urls.map((url) => basename(new URL(url).pathname)));
  return Object.entries(meta.outputs)
    .filter(([file]) => names.has(basename(file)))
    .flatMap(([, { inputs }]) => Object.keys(inputs))
    .filter((source) => OF_STATELY.test(source));
}

it("an agent that nobody looks at has nothing of Stately's library in memory", async () => {
  const parts = [partOf("src/agent/run-agent.ts"), partOf("src/stately/stately-inspector.ts")];
  const { stdout } = await execa(process.execPath, ["--expose-gc", join(folder, "loader.mjs"), ...parts]);
  const [without, withIt] = stdout.split("\n").map((line) => JSON.parse(line)) as {
    loaded: string[];
    heapUsed: number;
    rss: number;
  }[];
  if (without === undefined || withIt === undefined) throw new Error(stdout);
  expect(without.loaded.map((url) => basename(url))).toContain(basename(parts[0] as string));
  expect(ofStately(without.loaded)).toEqual([]);
  // The search does find what is there.
  expect(ofStately(withIt.loaded)).toEqual(expect.arrayContaining(["src/stately/stately-inspector.ts"]));
  expect(ofStately(withIt.loaded).some((source) => source.startsWith("node_modules/@statelyai/"))).toBe(true);
  expect(withIt.heapUsed).toBeGreaterThan(without.heapUsed);
  const kib = (bytes: number): number => Math.round(bytes / 1024);
  console.info(
    `Stately's library, loaded: ${kib(withIt.heapUsed - without.heapUsed)} KiB of objects and code, ${kib(withIt.rss - without.rss)} KiB resident`,
  );
});
