import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/machines/**/*.test.ts"] } },
      {
        test: {
          name: "bus",
          include: ["test/scenarios/**/*.test.ts"],
          // One guest at a time, shared by all files of the run.
          fileParallelism: false,
          globalSetup: ["test/bus/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
