import { configDefaults, defineConfig } from "vitest/config";

const never = [...configDefaults.exclude, "**/*.slow.test.ts", "**/*.containers.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
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
          globalSetup: ["apps/web/test/support/postgres.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "containers",
          environment: "node",
          include: ["packages/*/test/**/*.containers.test.ts", "e2e/**/*.containers.test.ts"],
          globalSetup: ["packages/control-plane/test/support/test-engine.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts", "{packages,apps}/*/test/**/*.slow.test.ts"],
          exclude: [...configDefaults.exclude, "**/*.containers.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
