import { loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { printable } from "../../machines/failure.ts";
import type { UplinkStatus } from "../inspector/types.ts";
import { download } from "./download.ts";
import { watchProcessors } from "./processor-time.ts";
import type { Plan, PlannedRun, Run } from "./types.ts";

export interface MeasureOptions {
  readonly url: URL;
  readonly plan: Plan;
  /** The links as they are now: a link that was dialled anew has another address. */
  readonly uplinks: () => Promise<readonly UplinkStatus[]>;
  readonly signal: AbortSignal;
  readonly onBytes: (run: PlannedRun, bytes: number) => void;
  readonly onRun: (run: Run) => void;
}

/** Less of the bytes than this on the counters of the links that they were to come over: they came some other way. */
const LEAST_CARRIED = 0.9;

/** Makes all runs of the plan, one after the other. A run that fails is told as such; rejects only by `signal`, or the agent's end. */
export async function measure({ url, plan, uplinks, signal, onBytes, onRun }: MeasureOptions): Promise<void> {
  for (const [index, planned] of plan.runs.entries()) {
    if (index > 0) await pause(plan.pauseSeconds * 1000, undefined, { signal });
    const { path, connections, repetition } = planned;
    const before = linksOf(planned, await uplinks());
    const named = { path: path.name, connections, repetition };
    const missing = path.links.filter((link) => !before.some((uplink) => uplinkId(uplink) === link));
    if (missing.length > 0) {
      const failure = `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not there`;
      onRun({ ...named, bytes: 0, seconds: 0, cpu: 0, load: loadavg()[0] ?? 0, failure });
      continue;
    }
    const busy = watchProcessors();
    const sources = before.map(({ address }) => address);
    const { bytes, seconds, failure } = await download({
      ...{ url, sources, connections, signal, bounds: plan.bounds },
      onBytes: (sofar) => onBytes(planned, sofar),
    });
    const [cpu, load] = [busy(), loadavg()[0] ?? 0];
    const astray = failure ?? strayed(bytes, before, linksOf(planned, await uplinks()));
    onRun({ ...named, bytes, seconds, cpu, load, failure: astray === null ? null : printable(astray, 300) });
  }
}

/** What a link is known by in a plan. */
export function uplinkId({ port, interface: name }: UplinkStatus): string {
  return port ?? name;
}

function linksOf({ path }: PlannedRun, uplinks: readonly UplinkStatus[]): UplinkStatus[] {
  return uplinks.filter((uplink) => path.links.includes(uplinkId(uplink)));
}

/** Whether the bytes came over these links, by their counters; null: they did. */
function strayed(bytes: number, before: readonly UplinkStatus[], after: readonly UplinkStatus[]): string | null {
  const carried = after.reduce((sum, uplink) => {
    const then = before.find((candidate) => candidate.interface === uplink.interface);
    return sum + Math.max(0, uplink.rxBytes - (then?.rxBytes ?? 0));
  }, 0);
  if (carried >= bytes * LEAST_CARRIED) return null;
  return `only ${Math.round((100 * carried) / bytes)} % of it came over the link: rules of others send it elsewhere, or it was dialled anew`;
}
