// npm test: every test that this machine can run. REQUIRE_ALL=1 turns skips into failures.
import { check } from "./check.ts";
import { fetchForImages } from "./fetch-for-images.ts";
import { chromium, containerEngine, embeddedPostgres } from "./requirements.ts";
import { runGroups } from "./test-groups.ts";
import { runVitest } from "./vitest-run.ts";

process.exitCode = await runGroups(
  [
    {
      name: "containers",
      beside: true,
      missing: () => containerEngine() ?? embeddedPostgres(),
      async run(output) {
        await fetchForImages(output);
        return runVitest(["containers"], output, { ownNetwork: true });
      },
    },
    { name: "check", missing: () => null, run: check },
    { name: "packages", missing: () => null, run: (output) => runVitest(["unit", "react"], output) },
    {
      name: "stories",
      missing: chromium,
      run: (output) => runVitest(["stories"], output, { args: ["--config", ".storybook/vitest.config.ts"] }),
    },
    { name: "web", missing: embeddedPostgres, run: (output) => runVitest(["web"], output) },
  ],
  process.env.REQUIRE_ALL === "1",
);
