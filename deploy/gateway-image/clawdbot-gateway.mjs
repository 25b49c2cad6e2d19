// Starts Clawdbot with the transpiled plugins of the image. `--warm`, while the image is built, makes them.
import { spawn } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const ENTRY = "/app/node_modules/clawdbot/dist/entry.js";
const KEPT = "/app/jiti";
// Clawdbot looks for it here and nowhere else; in production this is a tmpfs.
const CACHE = "/tmp/jiti";
const WARM_LIMIT_MS = 600_000;

if (process.argv.includes("--warm")) await warm();
else {
  if (existsSync(KEPT) && !existsSync(CACHE)) cpSync(KEPT, CACHE, { recursive: true });
  removeAbandonedLocks(process.env.CLAWDBOT_STATE_DIR);
  process.argv[1] = ENTRY;
  await import(ENTRY);
}

/**
 * Left by a Clawdbot that was killed. In the next container this process has the number that stands in them: Clawdbot
 * would wait for itself, and every message would fail.
 */
function removeAbandonedLocks(stateDir) {
  if (stateDir === undefined) return;
  for (const lock of globSync("agents/*/sessions/*.lock", { cwd: stateDir })) {
    rmSync(join(stateDir, lock), { force: true, recursive: true });
  }
}

async function warm() {
  const home = "/tmp/warm";
  mkdirSync(home, { recursive: true });
  const argv = [ENTRY, "gateway", "--allow-unconfigured", "--bind", "loopback", "--port", "18789"];
  const gateway = spawn(process.execPath, [...process.execArgv, ...argv], {
    stdio: "inherit",
    env: {
      ...process.env,
      HOME: home,
      CLAWDBOT_STATE_DIR: `${home}/state`,
      CLAWDBOT_GATEWAY_TOKEN: "only-while-the-image-is-built",
      CLAWDBOT_NO_RESPAWN: "1",
      CLAWDBOT_DISABLE_BONJOUR: "1",
      CLAWDBOT_SKIP_CHANNELS: "1",
    },
  });
  for (const deadline = Date.now() + WARM_LIMIT_MS; !(await answers(18789)); await delay(200)) {
    if (gateway.exitCode !== null || Date.now() > deadline) throw new Error("Clawdbot did not start.");
  }
  gateway.kill("SIGTERM");
  await new Promise((resolve) => gateway.once("exit", resolve));
  cpSync(CACHE, KEPT, { recursive: true });
  rmSync("/tmp/jiti", { recursive: true });
  rmSync(home, { recursive: true });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
