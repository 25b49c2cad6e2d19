// Every story is a test, once in light and once in dark. A config of its own: the other tests need neither a browser
// nor Storybook's index.
import { join } from "node:path";
import { storybookTest } from "@storybook/addon-vitest/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { headlessChromiumPath } from "../scripts/requirements.ts";

const configDir = import.meta.dirname;

/** Only ends what will never come. */
const LIMIT_MS = 240_000;

const BROWSER_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const launchOptions = { executablePath: headlessChromiumPath(), args: BROWSER_ARGS, timeout: LIMIT_MS };

function chromiumThatPrefers(colorScheme: "light" | "dark") {
  return {
    browser: "chromium",
    name: `stories-${colorScheme}`,
    provider: playwright({
      launchOptions,
      contextOptions: { colorScheme },
    }),
  } as const;
}

export default defineConfig({
  plugins: [storybookTest({ configDir })],
  root: join(configDir, ".."),
  test: {
    name: "stories",
    testTimeout: LIMIT_MS,
    env: { VITEST_BROWSER_IFRAME_TIMEOUT: String(LIMIT_MS) },
    browser: {
      enabled: true,
      headless: true,
      connectTimeout: LIMIT_MS,
      screenshotFailures: false,
      provider: playwright({ launchOptions }),
      instances: [chromiumThatPrefers("light"), chromiumThatPrefers("dark")],
    },
  },
});
