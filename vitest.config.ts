import { defineConfig } from "vitest/config";
import { GUESTS } from "./test/bus/guest-count.ts";

export default defineConfig({
  test: {
    // One guest for each, shared by the scenario files that it runs.
    maxWorkers: GUESTS,
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/machines/**/*.test.ts"] } },
      {
        test: {
          name: "bus",
          include: ["test/scenarios/**/*.test.ts"],
          globalSetup: ["test/bus/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
