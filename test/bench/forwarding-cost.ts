import type { Box } from "../bus/box.ts";
import { median, quantile, table } from "./statistics.ts";

export const RULES = ["none", "thesis", "ours"] as const;
/** Packets of connections that go on, and connections that begin. */
export const TRAFFIC = {
  few: { connections: 6, concurrency: 6, bytes: 4_000_000 },
  many: { connections: 200, concurrency: 20, bytes: 20_000 },
} as const;

/** One measurement, as the program in the guest tells it (guest/forwarding-cost.ts). */
export interface ForwardingSample {
  readonly rules: (typeof RULES)[number];
  readonly traffic: keyof typeof TRAFFIC;
  /** Time of all processors in the kernel. */
  readonly cpuMs: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Addresses that the server saw. */
  readonly links: number;
  readonly failed: number;
}

const NAMES = { none: "no rules", thesis: "the thesis's iptables rules", ours: "our rules" };
const BOUND_MS = 20 * 60_000;

/** H. The kernel's CPU time for a forwarded gigabyte, both ends of the connections included. */
export async function forwardingCost(box: Box, rounds: number): Promise<string> {
  const command = ["node", "/wanherd/dist/forwarding-cost.js", String(rounds)];
  const { stdout } = await box.guest.exec(command, { timeoutMs: BOUND_MS });
  const samples = JSON.parse(stdout) as ForwardingSample[];
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
  const rows = Object.keys(TRAFFIC).flatMap((traffic) => {
    const of = (rules: string): ForwardingSample[] =>
      samples.filter((sample) => sample.traffic === traffic && sample.rules === rules);
    const perGigabyte = (rules: string): number[] => of(rules).map(({ cpuMs, bytes }) => (cpuMs / bytes) * 1e6);
    return RULES.map((rules) => {
      const each = perGigabyte(rules);
      const added = median(each) - median(perGigabyte("none"));
      return [
        `${traffic} connections, ${NAMES[rules]}`,
        `${median(each).toFixed(1)} s (${quantile(each, 0).toFixed(1)}–${quantile(each, 1).toFixed(1)})`,
        rules === "none" ? "–" : `${added.toFixed(1)} s`,
        (median(each) / median(perGigabyte("thesis"))).toFixed(2),
        String(Math.max(...of(rules).map(({ links }) => links))),
      ];
    });
  });
  const head = [
    "CPU in the kernel per forwarded GB",
    "median (min–max)",
    "of it by the rules",
    "of the thesis's",
    "links used",
  ];
  return `### H. Forwarding, ${rounds} rounds, ${failed} failed connections\n\n${table([head, ...rows])}\n`;
}
