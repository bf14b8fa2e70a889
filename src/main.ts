#!/usr/bin/env node
// The one place where the command line, the agent and their surroundings meet.
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { buildCli } from "./cli/build-cli.ts";

/** The package's folder: programs are bundled to dist/, one level below it. */
const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
const ownRules = join(home, "rules");

const defaultConfig = "/etc/wanherd/wanherd.yaml";

/**
 * An agent that is idle nearly always has no use for the room that V8 takes to collect garbage seldom: its space for young
 * objects grows from 1 to 16 MB and back never, and the heap to a multiple of what lives in it, at least 8 MB more. All three
 * flags are read at each collection, not at the start only (v8, src/heap/heap.cc and memory-controller.cc).
 */
function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=20");
  setFlagsFromString("--optimize-for-size");
}

/**
 * Nearly all of a start runs once or twice, and V8's optimizing compiler takes a tenth of its time and some megabytes for good. So a
 * function has to have run ten times as long as by default to be worth it, as it has within seconds where there is much to do (read
 * whenever a function's budget is used up: v8, src/execution/tiering-manager.cc).
 */
function optimizeLate(): void {
  setFlagsFromString("--interrupt-budget=675840");
}

/**
 * What moves the connections off a dead link does not queue behind those who use it. What it starts inherits that (setpriority(2)).
 * Only root may; another user's agent goes without.
 */
function goFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // It works all the same, only later on a busy computer.
  }
}

const cli = buildCli({
  version,
  // Loaded when used: a command that only asks the agent need not load what the agent is made of.
  async runAgent({ config, socket, rules, keep, stately }) {
    keepHeapSmall();
    optimizeLate();
    goFirst();
    const { runAgent } = await import("./agent/run-agent.ts");
    return runAgent({
      configFile: config ?? defaultConfig,
      socket,
      rulesFolder: rules ?? ownRules,
      version,
      keep,
      stately,
    });
  },
  async inspect(options, ready) {
    const { runInspect } = await import("./inspect/run-inspect.ts");
    return runInspect({ ...options, folder: join(home, "dist", "page") }, ready);
  },
  async passphrase({ config }) {
    const { configuredPassphrase } = await import("./secrets/configured-passphrase.ts");
    return configuredPassphrase(config ?? defaultConfig);
  },
  async checkRules({ rules }) {
    const { checkRules } = await import("./rules/check-rules.ts");
    const { renderRulesReport } = await import("./rules/render-rules-report.ts");
    const report = await checkRules({ folder: rules ?? ownRules });
    return { ok: report.ok, text: renderRulesReport(report) };
  },
  async tryRules({ rules, file }) {
    const { tryRules } = await import("./identify/try-rules.ts");
    return tryRules({ folder: rules ?? ownRules, file });
  },
  async identify({ rules, ...options }) {
    const { identify } = await import("./identify/identify.ts");
    return identify({ ...options, rules: rules ?? ownRules });
  },
  async heardAnswers(entries) {
    const { heardAnswers } = await import("./identify/heard-answers.ts");
    return heardAnswers(entries);
  },
});

process.exitCode = await cli(process.argv.slice(2));
