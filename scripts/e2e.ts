// npm run e2e: the whole product with real gateways in a real browser.
import { runGroups } from "./test-groups.ts";
import { chromium } from "./requirements.ts";
import { runVitest } from "./vitest-run.ts";

process.exitCode = await runGroups(
  [{ name: "e2e", missing: chromium, run: () => runVitest(["e2e"], process.argv.slice(2)) }],
  process.env.REQUIRE_ALL === "1",
);
