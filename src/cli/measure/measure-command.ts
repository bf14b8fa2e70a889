import { open, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { renderFileProblem } from "../../config/file-problem.ts";
import type { UplinkStatus } from "../../inspector/types.ts";
import { measure, uplinkId } from "../../measure/measure.ts";
import { parseMeasureUrl, shownUrl } from "../../measure/measure-url.ts";
import { costOf, planOf } from "../../measure/plan.ts";
import { summarize } from "../../measure/statistics.ts";
import { renderSvg } from "../../measure/svg.ts";
import type { Plan, Report, Run } from "../../measure/types.ts";
import type { UplinkId } from "../../net/types.ts";
import type { Surroundings } from "../surroundings.ts";
import { cut } from "../text-width.ts";
import { costText, outcomeText, progressText, renderReport, runText } from "./measure-text.ts";

export interface MeasureCommand {
  readonly url: string | undefined;
  readonly config: string | undefined;
  readonly socket: string;
  /** None: all that there are. */
  readonly link: readonly UplinkId[];
  readonly repetitions: number;
  readonly megabytes: number;
  readonly seconds: number;
  readonly connections: number;
  readonly json: boolean;
  readonly svg: string | undefined;
  /** Nobody is asked whether it may cost that much. */
  readonly yes: boolean;
}

/** What nobody means to download from a mobile network. */
const MOST_BYTES = 10e9;
const PROGRESS_MS = 250;

/** `wanherd measure`; resolves with whether all runs were made. Rejects with an Error that says what is wrong with the request. */
export async function measureLinks(surroundings: Surroundings, command: MeasureCommand): Promise<boolean> {
  const { terminal, now } = surroundings;
  const url = await wantedUrl(command);
  const client = surroundings.client(command.socket);
  const uplinks = async (): Promise<readonly UplinkStatus[]> => (await client.status()).uplinks;
  const plan = planned(command, await uplinks());
  if (command.svg !== undefined) await mustBeWritable(command.svg);
  terminal.err(`${costText(plan, shownUrl(url))}\n`);
  if (!command.yes && !(await isAgreed())) throw new Error("nothing was measured; `--yes` agrees beforehand");

  const ending = new AbortController();
  const end = (): void => ending.abort();
  const startedAt = now().toISOString();
  const runs: Run[] = [];
  const progress = progressOn(surroundings, plan);
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  terminal.gone.addEventListener("abort", end);
  let fault: unknown = null;
  try {
    await measure({
      ...{ url, plan, uplinks, signal: ending.signal },
      onBytes: (_, bytes) => progress.bytes(runs.length, bytes),
      onRun: (run) => {
        progress.done(runs.length, run);
        runs.push(run);
      },
    });
  } catch (error) {
    if (!ending.signal.aborted) fault = error;
  } finally {
    progress.end();
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
    terminal.gone.removeEventListener("abort", end);
  }
  const isComplete = runs.length === plan.runs.length;
  const { bounds } = plan;
  const { repetitions } = command;
  const summaries = summarize(runs);
  const report: Report = { schema: 1, url: shownUrl(url), startedAt, bounds, repetitions, isComplete, summaries, runs };
  const page = { now: now(), columns: terminal.columns, style: terminal.style };
  terminal.out(command.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report, page));
  if (command.svg !== undefined) await writeFile(command.svg, renderSvg(report));
  if (fault !== null) throw fault;
  return isComplete && runs.every(({ failure }) => failure === null);
}

async function wantedUrl({ url, config = "/etc/wanherd/wanherd.yaml" }: MeasureCommand): Promise<URL> {
  const parsed = parseMeasureUrl(url ?? (await configuredUrl(config)));
  if (typeof parsed === "string") throw new Error(`what is to be downloaded: ${parsed}`);
  return parsed;
}

async function configuredUrl(file: string): Promise<string> {
  const { loadConfig } = await import("../../config/load-config.ts");
  const loaded = await loadConfig(file);
  if ("problems" in loaded) {
    throw new Error(loaded.problems.map(renderFileProblem).join("\n"));
  }
  const { url } = loaded.config.measure;
  if (url === null)
    throw new Error("say what to download, a file of some MB: as an argument, or as measure.url in the config");
  return url;
}

function planned(
  { link, repetitions, connections, megabytes, seconds }: MeasureCommand,
  uplinks: readonly UplinkStatus[],
): Plan {
  const there = uplinks.map(uplinkId);
  const missing = link.filter((id) => !there.includes(id));
  if (missing.length > 0)
    throw new Error(`no such link now: ${missing.join(", ")}; there are: ${there.join(", ") || "none"}`);
  if (there.length === 0) throw new Error("there is no link to measure; `wanherd status` says why");
  const links = link.length === 0 ? there : [...new Set(link)];
  const plan = planOf({ links, repetitions, connections, bounds: { bytes: megabytes * 1e6, seconds } });
  if (costOf(plan).bytes > MOST_BYTES) {
    throw new Error("that may use more than 10 GB; take fewer --repetitions, --megabytes or links");
  }
  return plan;
}

/** So that nobody finds out after an hour that it is not. What is in the file stays there until then. */
async function mustBeWritable(file: string): Promise<void> {
  await (await open(file, "a")).close();
}

async function isAgreed(): Promise<boolean> {
  if (process.stdin.isTTY !== true) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  // By Ctrl-D it is closed, and the question never answered.
  const closed = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  const answer = await Promise.race([asking.question("Go on? y/N "), closed]);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** On a terminal one line that is written over, elsewhere a line for each run; on standard error, as it is no result. */
function progressOn({ terminal }: Surroundings, plan: Plan) {
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  let at = -1;
  let begunAt = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  const erase = (): void => terminal.err("\r\u001b[K");
  return {
    bytes(index: number, bytes: number): void {
      const now = performance.now();
      if (index !== at) [at, begunAt] = [index, now];
      const run = plan.runs[index];
      if (!isTerminal || run === undefined || now - shownAt < PROGRESS_MS) return;
      shownAt = now;
      const text = `${runText(run, index, plan)} · ${progressText(bytes, (now - begunAt) / 1000, plan)}`;
      terminal.err(`\r${cut(text, terminal.columns - 1)}\u001b[K`);
    },
    done(index: number, run: Run): void {
      if (isTerminal) erase();
      const planned = plan.runs[index];
      if (planned !== undefined) terminal.err(`${runText(planned, index, plan)}: ${outcomeText(run)}\n`);
    },
    end(): void {
      if (isTerminal) erase();
    },
  };
}
