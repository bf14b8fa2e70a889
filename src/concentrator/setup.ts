import { readFile, rename, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { FailureError, failureFrom, printable } from "../../machines/failure.ts";
import { programEnvironment } from "../process/program-result.ts";
import { enabledEngines } from "./engines.ts";
import { keptKey } from "./key.ts";
import type { ConcentratorConfig } from "./types.ts";

const UNIT = "wanherd-concentrator.service";
const UNIT_FILE = `/etc/systemd/system/${UNIT}`;
/** Debian's package starts one of its own, which nobody has asked for. */
const DEBIANS_UNIT = "shadowsocks-libev.service";
const APT_MS = 600_000;
const USUAL_MS = 60_000;

export interface SetupOptions {
  readonly config: ConcentratorConfig;
  readonly configFile: string;
  /** What starts this program, e.g. `/usr/bin/wanherd`. */
  readonly command: readonly string[];
  /** Missing packages may be installed. */
  readonly install: boolean;
  /** Null: it is not installed. */
  readonly findProgram: (name: string) => Promise<string | null>;
  readonly tell: (text: string) => void;
}

/**
 * Makes this computer a concentrator: a user for the tunnel's program, the key, and a service that starts with it. May be repeated.
 * Rejects with FailureError ProgramMissing, whose message has the line that installs what is missing.
 */
export async function setUpConcentrator(options: SetupOptions): Promise<void> {
  const { config, tell } = options;
  const engines = enabledEngines(config).map(({ engine }) => engine);
  await installMissing(
    engines.flatMap(({ programs }) => programs),
    options,
  );
  for (const { user } of engines) if (user !== undefined) await makeUser(user, tell);
  await keptKey(config.directory);
  await replace(UNIT_FILE, renderUnit(options));
  await run("systemctl", ["daemon-reload"]);
  await run("systemctl", ["enable", UNIT]);
  await run("systemctl", ["restart", UNIT]);
  tell(`${UNIT} runs, and starts with this computer`);
}

/** The service. It needs the network's administration, the tunnel's user, and to write its key and what it notes. */
export function renderUnit({
  command,
  configFile,
  config,
}: Pick<SetupOptions, "command" | "configFile" | "config">): string {
  return `[Unit]
Description=wanherd concentrator, the remote end of bundled links
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${[...command, "concentrator", "up", "--config", configFile].map(quoted).join(" ")}
Restart=always
RestartSec=2
TimeoutStopSec=10
RuntimeDirectory=wanherd-concentrator
RuntimeDirectoryMode=0755
# What was before is noted there: one that takes over after a crash has to know it.
RuntimeDirectoryPreserve=restart
ReadWritePaths=-${quoted(config.directory)}
ProtectSystem=full
ProtectHome=yes
PrivateTmp=yes
ProtectClock=yes
ProtectHostname=yes
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}

/** One word of a unit's command line (systemd.service(5), COMMAND LINES). */
function quoted(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_./@:,+=%$-]+$/.test(word) ? escaped : `"${escaped.replace(/["\\]/g, "\\$&")}"`;
}

async function installMissing(
  programs: readonly { readonly name: string; readonly package: string }[],
  { install, findProgram, tell }: SetupOptions,
): Promise<void> {
  const found = await Promise.all(programs.map(({ name }) => findProgram(name)));
  const packages = [...new Set(programs.filter((_, index) => found[index] === null).map((each) => each.package))];
  if (packages.length === 0) return;
  if (!install) {
    throw new FailureError(
      "ProgramMissing",
      `not installed: ${packages.join(", ")}. Run \`apt install ${packages.join(" ")}\`, or this command with --install`,
    );
  }
  tell(`installing ${packages.join(", ")}`);
  await run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], APT_MS);
  if (packages.includes("shadowsocks-libev")) await run("systemctl", ["disable", "--now", DEBIANS_UNIT]);
}

async function makeUser(name: string, tell: (text: string) => void): Promise<void> {
  const users = await readFile("/etc/passwd", "utf8");
  if (users.split("\n").some((line) => line.startsWith(`${name}:`))) return;
  const options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"];
  await run("useradd", [...options, "--shell", "/usr/sbin/nologin", name]);
  tell(`user ${name} was made`);
}

async function run(program: string, args: readonly string[], timeoutMs = USUAL_MS): Promise<void> {
  const end = await execa(program, args, {
    ...{ reject: false, extendEnv: false, timeout: timeoutMs, stdin: "ignore" },
    env: { ...programEnvironment(), DEBIAN_FRONTEND: "noninteractive" },
  });
  if (end.exitCode === 0) return;
  const said = printable((end.stderr ?? "").trim().split("\n").at(-1) || (end.shortMessage ?? ""), 300);
  throw new FailureError("SystemRefused", `${program} ${args[0] ?? ""} failed: ${said}`, { tried: program });
}

async function replace(file: string, text: string): Promise<void> {
  try {
    await writeFile(`${file}.new`, text, { mode: 0o644 });
    await rename(`${file}.new`, file);
  } catch (cause) {
    const reason = printable(failureFrom(cause).message, 200);
    throw new FailureError("SystemRefused", `${file} could not be written: ${reason}`, { tried: file, cause });
  }
}
