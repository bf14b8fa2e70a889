import { defineConfig } from "vitest/config";
import { GUESTS } from "./test/bus/guest-count.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/machines/**/*.test.ts"],
          sequence: { groupOrder: 1 },
          // Files share a process and its modules, which hold no state: to load them anew for each costs half of the processor's time.
          isolate: false,
          // Half of the time is waiting.
          maxWorkers: 3,
          // Against hangs only: properties take seconds on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "browser",
          sequence: { groupOrder: 2 },
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          // A browser may have to be installed first.
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "bus",
          // Not beside the others: all want the whole machine.
          sequence: { groupOrder: 3 },
          // One guest for each, shared by the scenario files that it runs.
          maxWorkers: GUESTS,
          include: ["test/scenarios/**/*.test.ts"],
          globalSetup: ["test/bus/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
