// npm run storybook opens the component catalogue; npm run build:storybook writes it to storybook-static/.
// Anything behind `--` goes to Storybook itself, for instance `npm run storybook -- --ci --port 7000`.
import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  dev: ["dev", "--port", "6006", "--no-version-updates"],
  build: ["build", "--output-dir", "storybook-static", "--quiet"],
};

const [name = "dev", ...rest] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  console.error(
    `usage: node scripts/storybook.ts ${Object.keys(COMMANDS).join("|")} [Storybook's own options]`,
  );
  process.exit(2);
}
const storybook = spawn(join(root, "node_modules", ".bin", "storybook"), [...command, ...rest], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, STORYBOOK_DISABLE_TELEMETRY: "1" },
  shell: process.platform === "win32",
});
process.on("SIGTERM", () => storybook.kill("SIGTERM"));
process.on("SIGINT", () => {});
storybook.on("exit", (code) => process.exit(code ?? 1));
