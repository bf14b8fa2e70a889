// Bundles each program into one file under dist/: one file starts several times faster than hundreds on an SD card.
// Native modules stay outside, where npm put them.
import { copyFileSync, existsSync, rmSync } from "node:fs";
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
  demo: "test/demo/main.ts",
  bench: "test/bench/main.ts",
  "bench-watchers": "test/bench/watchers.ts",
  soak: "test/soak/main.ts",
};

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(Object.entries(programs).filter(([, file]) => existsSync(file))),
  outdir: "dist",
  bundle: true,
  // What only some commands need (the HTTP server, colours on a terminal) stays in files of its own, loaded when used.
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
  outdir: "dist/page",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome105", "firefox110", "safari16"],
  logLevel: "warning",
});
copyFileSync("src/page/page.html", "dist/page/page.html");
