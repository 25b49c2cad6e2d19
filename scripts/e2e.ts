// npm run e2e: the whole product with real gateways in a real browser.
import { fetchForImages } from "./fetch-for-images.ts";
import { chromium, containerEngine } from "./requirements.ts";
import { runGroups } from "./test-groups.ts";
import { runVitest } from "./vitest-run.ts";

const files = process.argv.slice(2);
// Those that are asked for may all be of one group.
const args = files.length > 0 ? [...files, "--passWithNoTests"] : [];

process.exitCode = await runGroups(
  [
    { name: "e2e", missing: chromium, run: (output) => runVitest(["e2e"], output, { args }) },
    {
      name: "quiet",
      beside: true,
      missing: () => null,
      run: (output) => runVitest(["quiet"], output, { args }),
    },
    {
      name: "e2e-containers",
      beside: true,
      missing: () => chromium() ?? containerEngine(),
      async run(output) {
        await fetchForImages(output, { gateways: ["openclaw", "clawdbot"], app: true });
        return runVitest(["e2e-containers"], output, { args, ownNetwork: true });
      },
    },
  ],
  process.env.REQUIRE_ALL === "1",
);
