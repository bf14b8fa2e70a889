// `npm run bench [-- --only A,B,C,D,E,E-LOSS,F,G,H,T,W,COMPARE] [--runs N]`, for T also `[--engine mptcp|mlppp] [--megabytes N]
// [--seconds N] [--alone-runs N] [--figures "all three",…]`, for COMPARE `[--figures plug,eight,…] [--contestants wanherd,thesis,managers]`: the figures of docs/measurements.md, on one guest of the virtual bus.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Box } from "../bus/box.ts";
import { bootGuest } from "../bus/guest/boot.ts";
import { COMPARISON_PACKAGES } from "../bus/guest/packages.ts";
import { projectRoot } from "../bus/guest/project-root.ts";
import { accessPoint } from "./access-point.ts";
import { thesisTable } from "./bundle.ts";
import { comparison } from "./comparison/comparison.ts";
import { forwardingCost } from "./forwarding-cost.ts";
import { lossWithoutFlapping, silentDeaths } from "./health.ts";
import { idle } from "./idle.ts";
import { plugToPool } from "./plug-to-pool.ts";
import { poolChanges } from "./pool-changes.ts";
import { unequalLinks } from "./unequal-links.ts";
import { unplugToPool } from "./unplug.ts";
import { unplugUnderLoad } from "./unplug-under-load.ts";
import { watched } from "./watched.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    ...{ only: text, runs: text, engine: text, megabytes: text, seconds: text },
    ...{ "alone-runs": text, figures: text, contestants: text },
  },
});
const only = values.only?.toUpperCase().split(",") ?? ["A", "B", "C", "D", "G", "H"];
const listed = (names: string | undefined): string[] | null => names?.split(",") ?? null;
const runs = values.runs === undefined ? null : Number(values.runs);

const guest = await bootGuest({
  memoryMiB: 2_048,
  log: (line) => console.error(line),
  ...(only.includes("COMPARE") ? { packages: COMPARISON_PACKAGES } : {}),
});
try {
  const box = await Box.install(guest, [1, 2, 3, 4, 5, 6, 7, 8]);
  const { stdout: kernel } = await guest.exec(["uname", "-r"]);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? "unknown"}, guest: Debian 13 in QEMU, Linux ${kernel.trim()}`;
  const parts = [`${new Date().toISOString().slice(0, 10)}, ${machine}\n`];
  if (only.includes("A")) parts.push(await plugToPool(box, runs ?? 5));
  if (only.includes("B")) parts.push(await unplugToPool(box, runs ?? 20), await unplugUnderLoad(box, runs ?? 10));
  if (only.includes("C")) parts.push(await idle(box));
  if (only.includes("D")) parts.push(await unequalLinks(box, runs ?? 3));
  if (only.includes("E")) parts.push(await silentDeaths(box, runs ?? 5));
  if (only.includes("E-LOSS")) parts.push(await lossWithoutFlapping(box));
  if (only.includes("F")) parts.push(await accessPoint(box, runs ?? 10));
  if (only.includes("G")) parts.push(await poolChanges(box, runs ?? 1_000));
  if (only.includes("H")) parts.push(await forwardingCost(box, runs ?? 4));
  if (only.includes("W")) parts.push(await watched(box, runs ?? 8));
  if (only.includes("T")) {
    const { engine, megabytes = "25", seconds = "60" } = values;
    parts.push(
      await thesisTable(box, {
        engine: engine === "mlppp" ? "mlppp" : "mptcp",
        bytes: 1e6 * Number(megabytes),
        forMs: 1_000 * Number(seconds),
        runs: runs ?? 10,
        aloneRuns: Number(values["alone-runs"] ?? runs ?? 10),
        figures: listed(values.figures),
      }),
    );
  }
  if (only.includes("COMPARE")) {
    const which = { figures: listed(values.figures), contestants: listed(values.contestants) };
    parts.push(
      await comparison(box, {
        runs: runs ?? 3,
        ...which,
        machine: `${cpus().length} cores, guest: Debian 13 in QEMU, Linux ${kernel.trim()}`,
      }),
    );
  }
  const report = parts.join("\n");
  const folder = join(projectRoot(), "test-artefacts");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "bench.md"), report);
  console.log(report);
} finally {
  await guest.close();
}
