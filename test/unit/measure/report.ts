import { planOf } from "../../../src/measure/plan.ts";
import { summarize } from "../../../src/measure/statistics.ts";
import type { Report, Run } from "../../../src/measure/types.ts";

const RATES: Readonly<Record<string, number>> = {
  "1-1.2": 120_000,
  "1-1.3": 119_000,
  eth0: 310_000,
  together: 538_000,
};

/** As measured over three links in three repetitions, the second of which went wrong on one. */
const runs = planOf({
  links: ["1-1.2", "1-1.3", "eth0"],
  repetitions: 3,
  connections: 8,
  bounds: { bytes: 25e6, seconds: 60 },
}).runs.map(({ path, connections, repetition }): Run => {
  const seconds = 25e6 / ((RATES[path.name] ?? 0) * (connections > 1 ? 1.02 : 0.97) * (1 + repetition / 100));
  const isBad = path.name === "1-1.3" && (repetition === 2 || connections === 1);
  const failure = isBad ? "nothing came" : null;
  return { path: path.name, connections, repetition, bytes: 25e6, seconds, cpu: 0.031, load: 0.2, failure };
});

export const REPORT: Report = {
  schema: 1,
  url: "http://server.example/25MB.bin?…",
  startedAt: "2026-01-05T14:09:00.000Z",
  bounds: { bytes: 25e6, seconds: 60 },
  repetitions: 3,
  isComplete: true,
  summaries: summarize(runs),
  runs,
};
