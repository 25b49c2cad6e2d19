// npm start [-- --gateway openclaw|clawdbot|demo] [--port N]: builds what changed and serves the app with everything
// embedded. npm run dev does the same with Next's development server.
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fetchGateway } from "./fetch-gateway.ts";
import { buildWebIfStale } from "./web-build.ts";

const GATEWAYS = ["openclaw", "clawdbot", "demo"] as const;
const USAGE = `usage: npm start -- [--gateway ${GATEWAYS.join("|")}] [--port N]`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        gateway: { type: "string" },
        port: { type: "string" },
        dev: { type: "boolean", default: false },
      },
    });
    const gateway = GATEWAYS.find((name) => name === values.gateway);
    if (values.gateway !== undefined && gateway === undefined)
      throw new Error(`There is no gateway "${values.gateway}".`);
    if (values.port !== undefined && !/^\d+$/.test(values.port))
      throw new Error(`"${values.port}" is no port number.`);
    return { gateway, port: values.port, dev: values.dev };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

const { gateway, port, dev } = options();
const root = join(import.meta.dirname, "..");
const dataDir = resolve(root, process.env["DATA_DIR"] ?? ".data");
if (gateway === "openclaw" || gateway === "clawdbot") fetchGateway(gateway, dataDir);
if (!dev) await buildWebIfStale();

const server = spawn(process.execPath, [join(root, "apps", "web", "server.ts")], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    NODE_ENV: dev ? "development" : "production",
    NEXT_TELEMETRY_DISABLED: "1",
    LOG_LEVEL: process.env["LOG_LEVEL"] ?? "warn",
    ...(gateway ? { GATEWAY: gateway } : {}),
    ...(port ? { PORT: port } : {}),
  },
});
// A terminal's Ctrl+C reaches the server by itself; the server ends its gateways and its database.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => server.kill("SIGTERM"));
server.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
