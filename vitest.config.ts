import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

/** `npm test` and `npm run e2e` run groups of their own for these. */
const never = [...configDefaults.exclude, "**/*.slow.test.ts", "**/*containers.test.ts"];

const ENGINE = "packages/control-plane/test/support/test-engine.ts";
const POSTGRES = "apps/web/test/support/postgres.ts";

/** Files of other processes wait for each other, so that there is something to do on every core. */
const maxWorkers = Math.max(2, availableParallelism());

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two runs may go on at once, and would write one file.
    cache: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: [
            "packages/*/test/**/*.test.ts",
            "scripts/test/**/*.test.ts",
            "apps/{opencode-router,dispatcher,webchat}/test/**/*.test.ts",
          ],
          exclude: never,
          maxWorkers,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "react",
          environment: "jsdom",
          include: ["packages/react/test/**/*.test.tsx"],
          setupFiles: ["packages/react/test/setup.ts"],
          maxWorkers,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "web",
          environment: "node",
          include: ["apps/web/test/**/*.test.ts"],
          exclude: never,
          globalSetup: [POSTGRES],
          maxWorkers,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      // Engines share the machine's packet filter: one file after the other.
      {
        test: {
          name: "containers",
          environment: "node",
          include: ["{packages,apps}/*/test/**/*containers.test.ts"],
          globalSetup: [ENGINE, POSTGRES],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e-containers",
          environment: "node",
          include: ["e2e/**/*containers.test.ts"],
          globalSetup: [ENGINE],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts", "{packages,apps}/*/test/**/*.slow.test.ts"],
          exclude: [...configDefaults.exclude, "**/*containers.test.ts"],
          maxWorkers,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
