import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

/** `npm test` and `npm run e2e` run groups of their own for these. */
const never = [...configDefaults.exclude, "**/*.{slow,quiet}.test.ts", "**/*containers.test.ts"];

const QUIET = "{e2e,{packages,apps}/*/test}/**/*.quiet.test.ts";

const ENGINE = "packages/control-plane/test/support/test-engine.ts";
const POSTGRES = "apps/web/test/support/postgres.ts";

/** Files of other processes wait for each other, so that there is something to do on every core. */
const maxWorkers = Math.max(2, availableParallelism());

/**
 * Nothing here measures speed: a limit only ends what will never come. What a test waits for has a little less time than
 * the test, so that the failure names it.
 */
function within(minutes: number) {
  const testTimeout = minutes * 60_000;
  const timeout = testTimeout * 0.8;
  return {
    testTimeout,
    hookTimeout: 5 * testTimeout,
    provide: { patienceMs: timeout },
    expect: { poll: { timeout } },
    setupFiles: ["scripts/test-patience.ts"],
  };
}

export default defineConfig({
  test: {
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
          ...within(2),
        },
      },
      {
        test: {
          name: "react",
          environment: "jsdom",
          include: ["packages/react/test/**/*.test.tsx"],
          maxWorkers,
          ...within(2),
          setupFiles: ["scripts/test-patience.ts", "packages/react/test/setup.ts"],
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
          ...within(2),
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
          ...within(8),
        },
      },
      {
        test: {
          name: "e2e-containers",
          environment: "node",
          include: ["e2e/**/*containers.test.ts"],
          globalSetup: [ENGINE],
          fileParallelism: false,
          ...within(8),
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts", "{packages,apps}/*/test/**/*.slow.test.ts"],
          exclude: [...configDefaults.exclude, "**/*containers.test.ts", QUIET],
          maxWorkers,
          ...within(8),
        },
      },
      // They only wait: none has to wait for another.
      { test: { name: "quiet", environment: "node", include: [QUIET], maxWorkers: 4, ...within(8) } },
    ],
  },
});
