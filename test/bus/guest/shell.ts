// `node dist/guest.js [--systemd] [--keep | --attach] [--] argv…`: one command in a guest, or a guest to try things in.
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bootWithClient } from "./boot.ts";
import { connectTo } from "./connect-to.ts";
import type { Guest } from "./guest.ts";
import { COMPARISON_PACKAGES } from "./packages.ts";
import { projectRoot } from "./project-root.ts";
import { serveGuest } from "./serve.ts";

const USAGE = `usage: node dist/guest.js [--systemd] [--comparison] [--keep|--attach] [--console FILE] [--memory MIB] [--] [PROGRAM [ARGUMENT]…]
  boots a guest of the virtual bus, runs PROGRAM in it, shows what it says and ends with its exit code
  --keep     boot, run PROGRAM if there is one, and stay until interrupted
  --attach   run PROGRAM in the guest that another --keep of this project folder holds
  --systemd  real systemd as process 1
  --comparison  with the programs of the comparison besides (packages.ts)
  the project's folder is /wanherd in there (read-only): run a script as  -- sh /wanherd/path/to/script`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    systemd: { type: "boolean", default: false },
    comparison: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    attach: { type: "boolean", default: false },
    console: { type: "string" },
    memory: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
/** One kept guest for each project folder, so that several checkouts can have theirs side by side. */
const project = createHash("sha256").update(projectRoot()).digest("hex").slice(0, 12);
const socket = join(tmpdir(), `wanherd-guest-${process.getuid?.()}-${project}.sock`);

if (values.help || (positionals.length === 0 && !values.keep)) {
  console.error(USAGE);
  process.exit(2);
}
try {
  process.exitCode = values.attach ? await attach() : await boot();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function attach(): Promise<number> {
  const guest = await connectTo(socket);
  return run(guest).finally(() => guest.close());
}

async function boot(): Promise<number> {
  const started = Date.now();
  const { guest, client } = await bootWithClient({
    log: (line) => console.error(line),
    init: values.systemd ? "systemd" : "shell",
    ...(values.comparison ? { packages: COMPARISON_PACKAGES } : {}),
    ...(values.console === undefined ? {} : { consoleLog: values.console }),
    ...(values.memory === undefined ? {} : { memoryMiB: Number(values.memory) }),
  });
  console.error(`guest up after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  try {
    const code = positionals.length > 0 ? await run(guest) : 0;
    if (values.keep) {
      await rm(socket, { force: true });
      const stopServing = await serveGuest(client, socket);
      console.error("in another terminal: node dist/guest.js --attach -- PROGRAM …; Ctrl-C here ends the guest");
      await new Promise<void>((resolve) => {
        process.once("SIGINT", resolve);
        process.once("SIGTERM", resolve);
        client.onEnd(() => resolve());
      });
      await stopServing();
    }
    return code;
  } finally {
    await guest.close();
  }
}

async function run(guest: Guest): Promise<number> {
  const result = await guest.exec(positionals, { mayFail: true, timeoutMs: 24 * 3600 * 1000 });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  return result.exitCode ?? 128;
}
