// npm test: every test that this machine can run. REQUIRE_ALL=1 turns skips into failures.
import { check } from "./check.ts";
import { chromium, containerEngine, embeddedPostgres } from "./requirements.ts";
import { runGroups } from "./test-groups.ts";
import { runVitest } from "./vitest-run.ts";

process.exitCode = await runGroups(
  [
    { name: "check", missing: () => null, run: check },
    { name: "packages", missing: () => null, run: () => runVitest(["unit", "react"]) },
    {
      name: "stories",
      missing: chromium,
      run: () => runVitest(["stories"], ["--config", ".storybook/vitest.config.ts"]),
    },
    { name: "containers", missing: containerEngine, run: () => runVitest(["containers"]) },
    { name: "web", missing: embeddedPostgres, run: () => runVitest(["web"]) },
  ],
  process.env.REQUIRE_ALL === "1",
);
