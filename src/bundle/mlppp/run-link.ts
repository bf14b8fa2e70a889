import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { type Failure, failure, printable } from "../../../machines/failure.ts";
import { programEnvironment } from "../../process/program-result.ts";
import { parseMemberLine } from "./pppd-line.ts";
import { SECRET_FD } from "./pppd-options.ts";

const KILL_AFTER_MS = 3_000;
const KEPT_LINES = 6;

/** What one member's pppd tells about itself. */
export type LinkEvent =
  /** It carries, as the bundle's first link or a further one. */
  | { readonly type: "up" }
  /** IP goes through the bundle that it has made. */
  | { readonly type: "network" }
  /** It carries no more. A master's process goes on, as the bundle is its. */
  | { readonly type: "down"; readonly failure: Failure }
  /** The end; nothing follows. */
  | { readonly type: "exited" };

export interface LinkProcess {
  /** Whether the bundle ends with this process. */
  isMaster(): boolean;
  /** Whether it has made a bundle that IP went through. */
  hasNetwork(): boolean;
  /** Ends its link, and the process too unless that is the master, whose bundle goes on. */
  hangUp(): void;
  /** Ends it, by force after 3 s. Resolves when it is gone. */
  end(): Promise<void>;
}

/**
 * Runs pppd for one member. It ends with the agent, however that ends (prctl(2), PR_SET_PDEATHSIG): the other end would otherwise
 * keep a bundle whose owner is gone. `secret` is for it to read from SECRET_FD.
 */
export function runLink(
  start: { readonly args: readonly string[]; readonly secret: string; log(line: string): void },
  emit: (event: LinkEvent) => void,
): LinkProcess {
  const { args, secret, log } = start;
  let isMaster = false;
  let isUp = false;
  let hasNetwork = false;
  let wasDown = false;
  let gone: () => void = () => {};
  const isGone = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const lastLines: string[] = [];

  const child: ChildProcess = spawn("setpriv", ["--pdeathsig", "TERM", "--", "pppd", ...args], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    cwd: "/",
    env: programEnvironment(),
  });
  for (const stream of child.stdio) stream?.on("error", () => undefined);
  // Node makes every further pipe a socket, whichever way it is used.
  (child.stdio[SECRET_FD] as Duplex | null)?.end(secret);
  if (child.stderr !== null) createInterface(child.stderr).on("line", read);
  child.once("error", (error) => over(`pppd could not be started: ${error.message}`));
  child.once("exit", (code, signal) => over(`pppd ended with ${code ?? signal}`));

  function read(line: string): void {
    const text = printable(line, 300);
    if (text === "") return;
    log(text);
    lastLines.push(text);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    const news = parseMemberLine(line);
    if (news === "created") isMaster = true;
    if (news === "created" || news === "attached") {
      isUp = true;
      emit({ type: "up" });
    }
    if (news === "network" && !hasNetwork) {
      hasNetwork = true;
      emit({ type: "network" });
    }
    if (news === "down") down("its link ended");
  }

  function down(why: string): void {
    if (wasDown) return;
    wasDown = true;
    const said = lastLines.length === 0 ? "" : `; pppd said: ${lastLines.join(" / ")}`;
    emit({ type: "down", failure: failure(isUp ? "LinkLost" : "NegotiationFailed", `${why}${said}`, "pppd") });
  }

  let isOver = false;
  function over(why: string): void {
    if (isOver) return;
    isOver = true;
    down(why);
    gone();
    emit({ type: "exited" });
  }

  return {
    isMaster: () => isMaster,
    hasNetwork: () => hasNetwork,
    hangUp: () => void (isOver || child.kill(isMaster ? "SIGHUP" : "SIGTERM")),
    async end() {
      if (isOver) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      await isGone;
      clearTimeout(timer);
    },
  };
}
