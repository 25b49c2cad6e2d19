/**
 * A process that behaves as a gateway does towards a driver. What it does beyond that stands in the file `behaviour`
 * of its state directory, one word a line.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { port: { type: "string" }, bind: { type: "string" } },
  allowPositionals: true,
});
const stateDir = process.env["AUTOMNA_GATEWAY_STATE_DIR"] ?? process.env["OPENCLAW_STATE_DIR"] ?? "";
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

if (wanted.includes("swallow-memory")) swallowMemory();

process.stdout.write(`my token is ${process.env["AUTOMNA_GATEWAY_TOKEN"]}\n`);

const boot = randomUUID();
mkdirSync(stateDir, { recursive: true });
appendFileSync(join(stateDir, "boots"), ".");

/** As OpenClaw has it: names are read whenever somebody comes, the model's key at the start and when it is told to. */
const configPath = process.env["OPENCLAW_CONFIG_PATH"];
let modelKey = configPath === undefined ? null : readModelKey(configPath);

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://gateway");
  const answer = (value: object) => response.end(JSON.stringify(value));
  switch (pathname) {
    case "/exit":
      return process.exit(Number(searchParams.get("code") ?? 1));
    case "/swallow-memory":
      swallowMemory();
      return answer({});
    case "/write":
      return answer({ outcome: write(searchParams.get("path") ?? "", Number(searchParams.get("bytes"))) });
    case "/read":
      return answer({ text: readFileSync(searchParams.get("path") ?? "", "utf8") });
    case "/reload":
      if (configPath === undefined || !namesIn(configPath).includes(searchParams.get("name") ?? "")) {
        response.statusCode = 403;
        return answer({});
      }
      modelKey = readModelKey(configPath);
      return answer({});
    case "/connect":
      void connecting(searchParams.get("host") ?? "", Number(searchParams.get("port"))).then(answer);
      return;
    default:
      return answer({
        pid: process.pid,
        boot,
        boots: readFileSync(join(stateDir, "boots"), "utf8").length,
        helper: helper?.pid,
        stray: stray?.pid,
        arguments: process.argv.slice(2),
        environment: process.env,
        secrets: configPath === undefined ? null : { names: namesIn(configPath), key: modelKey },
        cwd: process.cwd(),
      });
  }
}).listen(Number(values.port), values.bind === "lan" ? "0.0.0.0" : values.bind);

function namesIn(path: string): readonly string[] {
  const config: { gateway: { auth: { trustedProxy: { allowUsers: string[] } } } } = JSON.parse(
    readFileSync(path, "utf8"),
  );
  return config.gateway.auth.trustedProxy.allowUsers;
}

function readModelKey(path: string): string {
  return readFileSync(join(dirname(path), "model-key"), "utf8");
}

function swallowMemory(): void {
  const held: Buffer[] = [];
  setInterval(() => held.push(Buffer.alloc(32 * 1024 ** 2, 1)), 1);
}

/** `done`, or the code of the error. */
function write(path: string, bytes: number): string {
  try {
    writeFileSync(path, Buffer.alloc(bytes, 1));
    return "done";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

function connecting(host: string, port: number): Promise<{ outcome: string }> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 4000 });
    const end = (outcome: string) => {
      socket.destroy();
      resolve({ outcome });
    };
    socket.once("connect", () => end("connected"));
    socket.once("timeout", () => end("timeout"));
    socket.once("error", (error) => end("code" in error ? String(error.code) : error.message));
  });
}
