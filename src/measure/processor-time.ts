import { cpus } from "node:os";

/** Begins to watch all processors; the returned function tells in which part of the time since they were busy, 0–1. */
export function watchProcessors(): () => number {
  const before = processorTimes();
  return () => {
    const after = processorTimes();
    const all = after.all - before.all;
    return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
  };
}

function processorTimes(): { all: number; idle: number } {
  return cpus().reduce(
    ({ all, idle }, { times }) => ({
      all: all + times.user + times.nice + times.sys + times.irq + times.idle,
      idle: idle + times.idle,
    }),
    { all: 0, idle: 0 },
  );
}
