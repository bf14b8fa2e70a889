import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { adviceFor, FailureError, failureFrom, printable } from "../../machines/failure.ts";
import type { ResolverEffects } from "../../machines/resolver/effects.ts";
import { endStray } from "../process/end-stray.ts";
import { renderConfig, renderServers } from "./render.ts";
import { createResolvConf } from "./resolv-conf.ts";
import { configArgument, resolverFiles } from "./resolver-files.ts";
import { type Dnsmasq, runDnsmasq } from "./run-dnsmasq.ts";

import type { ResolverSettings } from "./types.ts";

export interface ResolverOptions {
  readonly settings: () => ResolverSettings;
  /** Where the LAN's leases are kept; its folder exists. */
  readonly leases: string;
  /** Asked over each link whose network named no name server. IPv4. */
  readonly fallback: () => readonly string[];
  /** What a person should know, each thing once. */
  readonly onNotice: (text: string) => void;
  readonly log: (line: string) => void;
  /** For tests. */
  readonly folder?: string;
  readonly resolvConf?: string;
  readonly program?: string;
}

/** The resolver's hands: dnsmasq, its files, and /etc/resolv.conf. Starts nothing until `run`. */
export function createResolver(options: ResolverOptions): ResolverEffects {
  const { settings, fallback, program = "dnsmasq" } = options;
  const files = resolverFiles(options.folder);
  const resolvConf = createResolvConf(options.resolvConf);
  let servers = "";
  let running: Dnsmasq | null = null;
  let told = "";
  let last: Promise<unknown> = Promise.resolve();

  /** Does `job` when all earlier ones are over, however they ended: two writers would share one name for the new file. */
  function inTurn(job: () => Promise<void>): Promise<void> {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  }

  function tell(text: string): void {
    if (text !== told) options.onNotice(text);
    told = text;
  }

  /** A box that cannot have its resolv.conf changed still has a LAN to answer. */
  async function change(answering: boolean): Promise<void> {
    try {
      await (answering ? resolvConf.claim() : resolvConf.release());
    } catch (error) {
      tell(`this computer's own programs keep their name servers: ${printable((error as Error).message, 200)}`);
    }
  }

  return {
    settings,
    run: (start, emit) => {
      running = runDnsmasq(
        {
          program,
          args: ["--keep-in-foreground", "--log-facility=-", configArgument(files), `--pid-file=${files.pid}`],
          prepare: () =>
            inTurn(async () => {
              await endStray(files.pid, configArgument(files));
              await replace(files.config, renderConfig(start, { servers: files.servers, leases: options.leases }));
              await replace(files.servers, servers);
            }),
          log: options.log,
        },
        (event) => {
          if (event.type === "process.ready") told = "";
          if (event.type === "process.exited") {
            running = null;
            if (event.failure !== null) tell(`${event.failure.message}: ${adviceFor(event.failure.kind)}`);
          }
          emit(event);
        },
      );
      return running;
    },
    apply: (names) =>
      inTurn(async () => {
        const text = renderServers(names.servers, fallback());
        if (text !== servers) {
          await replace(files.servers, text);
          servers = text;
          running?.reload();
        }
        await change(names.answering);
      }),
    restore: () =>
      inTurn(async () => {
        await change(false);
        // One that a killed agent left, now that the config has it off.
        if (running === null) await endStray(files.pid, configArgument(files));
      }),
  };
}

/** Whole or not at all; dnsmasq reads it as a user of its own. Rejects with FailureError SystemRefused. */
async function replace(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(`${file}.new`, text, { mode: 0o644 });
    await rename(`${file}.new`, file);
  } catch (cause) {
    const reason = printable(failureFrom(cause).message, 200);
    throw new FailureError("SystemRefused", `${file} could not be written: ${reason}`, { tried: file, cause });
  }
}
