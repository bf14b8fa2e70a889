// Bundles each program into one file under dist/: one file starts several times faster than hundreds on an SD card.
// Native modules stay outside, where npm put them. `build.mjs --product [FOLDER]` makes only what is installed on a box.
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const programs = {
  wanherd: "src/main.ts",
  conductor: "test/bus/conductor/main.ts",
  guest: "test/bus/guest/shell.ts",
  // Programs of the virtual bus that run in namespaces of the guest, beside the conductor.
  "internet-server": "test/bus/carriers/internet-server.ts",
  "client-load": "test/bus/carriers/client-load.ts",
  "air-program": "test/bus/devices/radio/air-program.ts",
  // The same for the benchmark.
  "pool-changes": "test/bench/guest/pool-changes.ts",
  "forwarding-cost": "test/bench/guest/forwarding-cost.ts",
  followers: "test/bench/guest/followers.ts",
  "lan-probe": "test/bench/guest/lan-probe.ts",
  demo: "test/demo/main.ts",
  bench: "test/bench/main.ts",
  "bench-watchers": "test/bench/watchers.ts",
  soak: "test/soak/main.ts",
  powercut: "test/powercut/main.ts",
  package: "packaging/main.ts",
  diagrams: "test/diagrams/main.ts",
};

const isProduct = process.argv[2] === "--product";
const outdir = process.argv[3] ?? "dist";
const wanted = Object.entries(programs).filter(
  ([name, file]) => existsSync(file) && (!isProduct || name === "wanherd"),
);

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(wanted),
  outdir,
  bundle: true,
  // What only some commands need (colours on a terminal, what doctor looks at) stays in files of its own, loaded when used.
  splitting: true,
  minifyWhitespace: true,
  minifySyntax: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  external: ["usb", "@serialport/bindings-cpp", "serialport"],
  // CommonJS dependencies inside an ES module still want a require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  logLevel: "warning",
});

// The inspector's page, for browsers from 2022 on.
await build({
  entryPoints: ["src/page/page.ts", "src/page/page.css"],
  outdir: join(outdir, "page"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome105", "firefox110", "safari16"],
  logLevel: "warning",
});
copyFileSync("src/page/page.html", join(outdir, "page", "page.html"));
