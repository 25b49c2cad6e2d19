/**
 * A process that behaves as a gateway does towards a driver. What it does beyond that stands in the file `behaviour`
 * of its state directory, one word a line.
 */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { port: { type: "string" }, bind: { type: "string" } } });
const stateDir = process.env["AUTOMNA_GATEWAY_STATE_DIR"] ?? "";
const behaviourFile = join(stateDir, "behaviour");

function behaviours(): readonly string[] {
  try {
    return readFileSync(behaviourFile, "utf8").split("\n");
  } catch {
    return [];
  }
}

const wanted = behaviours();
if (wanted.includes("exit-78")) process.exit(78);
if (wanted.includes("exit-1")) process.exit(1);
if (wanted.includes("exit-1-once")) {
  rmSync(behaviourFile);
  process.exit(1);
}
if (wanted.includes("ignore-sigterm")) process.on("SIGTERM", () => undefined);
else process.on("SIGTERM", () => process.exit(0));

const idle = ["-e", "setInterval(() => {}, 1000)"];
const helper = wanted.includes("helper") ? spawn(process.execPath, idle, { stdio: "ignore" }) : null;
const stray = wanted.includes("stray")
  ? spawn(process.execPath, idle, { stdio: "ignore", detached: true })
  : null;

process.stdout.write(`my token is ${process.env["AUTOMNA_GATEWAY_TOKEN"]}\n`);

createServer((request, response) => {
  if (request.url === "/exit") process.exit(1);
  response.end(
    JSON.stringify({
      pid: process.pid,
      helper: helper?.pid,
      stray: stray?.pid,
      arguments: process.argv.slice(2),
      environment: process.env,
      cwd: process.cwd(),
    }),
  );
}).listen(Number(values.port), values.bind);
