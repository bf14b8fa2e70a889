#!/usr/bin/env node
// The one place where the command line, the agent and their surroundings meet.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runAgent } from "./agent/run-agent.ts";
import { buildCli } from "./cli/build-cli.ts";
import { checkRules } from "./rules/check-rules.ts";
import { renderRulesReport } from "./rules/render-rules-report.ts";
import { configuredPassphrase } from "./secrets/configured-passphrase.ts";

/** The package's folder: programs are bundled to dist/, one level below it. */
const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
const ownRules = join(home, "rules");

const defaultConfig = "/etc/wanherd/wanherd.yaml";

const cli = buildCli({
  version,
  runAgent: ({ config, socket, rules, keep }) =>
    runAgent({
      configFile: config ?? defaultConfig,
      socket,
      rulesFolder: rules ?? ownRules,
      version,
      keep,
    }),
  passphrase: ({ config }) => configuredPassphrase(config ?? defaultConfig),
  async checkRules({ rules }) {
    const report = await checkRules({ folder: rules ?? ownRules });
    return { ok: report.ok, text: renderRulesReport(report) };
  },
});

process.exitCode = await cli(process.argv.slice(2));
