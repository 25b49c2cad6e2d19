#!/usr/bin/env node
// What the Prisma CLI starts in place of its native schema engine, which it would download from
// binaries.prisma.sh. Same engine, compiled to WebAssembly (@prisma/schema-engine-wasm), on
// @prisma/adapter-pg. `prisma.config.ts` points PRISMA_SCHEMA_ENGINE_BINARY here.
// Plain JavaScript: the CLI may run it with any Node from 20 on.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { connectionFailure, createDatabase, PostgresAdapterFactory } from "./schema-engine/postgres.mjs";
import { loadSchemaEngine } from "./schema-engine/wasm.mjs";

/** @param {string[]} argv */
function parseArguments(argv) {
  const options = { version: false, command: undefined, datasource: {}, datamodels: [] };
  const rest = argv[Symbol.iterator]();
  const value = () => rest.next().value ?? "";
  for (const argument of rest) {
    if (argument === "--version" || argument === "-V") options.version = true;
    else if (argument === "--datasource") options.datasource = JSON.parse(value());
    else if (argument === "--datamodels") options.datamodels.push(value());
    else if (argument === "cli") options.command = value();
  }
  return options;
}

const log = (level, fields) =>
  process.stderr.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target: "schema_engine::logger" })}\n`,
  );

/** `cli can-connect-to-database` and `cli create-database`; resolves to the exit code. */
async function runCommand(command, url) {
  const failure = command === "create-database" ? await createDatabase(url) : await connectionFailure(url);
  if (!failure) return 0;
  // The CLI takes the last stderr line for the answer, and expects one before it.
  log("INFO", { message: command });
  log("ERROR", {
    message: failure.message,
    error_code: failure.code === "3D000" ? "P1003" : "P1001",
    is_panic: false,
  });
  return 1;
}

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

/** The CLI says `getDatabaseVersion` where the WebAssembly build says `version`. */
const methodNames = new Map([["getDatabaseVersion", "version"]]);

function createRequestHandler({ datasource, datamodels }) {
  let loading;
  const engine = () =>
    (loading ??= loadSchemaEngine({
      datamodels: datamodels.map((path) => [path, readFileSync(path, "utf8")]),
      adapterFactory: new PostgresAdapterFactory(datasource),
      log: (line) => process.stderr.write(`${line}\n`),
    }));
  let prints = 1_000_000;

  return async ({ id, method, params }) => {
    const loaded = await engine();
    try {
      const result = await loaded.call(methodNames.get(method) ?? method, params);
      // The native engine prints a diff by a call back to the CLI; this one returns the text.
      if (method === "diff" && result.stdout)
        send({ id: prints++, method: "print", params: { content: result.stdout } });
      send({ id, result });
    } catch (error) {
      const panic = loaded.takePanic();
      const data = {
        message: panic ?? error?.message ?? String(error),
        is_panic: panic !== undefined,
        meta: error?.meta ?? {},
        error_code: error?.code,
      };
      send({
        id,
        error: { code: 4466, message: "An error happened. Check the data field for details.", data },
      });
    }
  };
}

/** JSON-RPC 2.0 on stdin and stdout, one message a line, answered in order until stdin ends. */
async function serve(options) {
  const handle = createRequestHandler(options);
  for await (const line of createInterface({ input: process.stdin })) {
    const message = line.trim() ? JSON.parse(line) : {};
    if (message.method) await handle(message);
  }
}

const options = parseArguments(process.argv.slice(2));
if (options.version) {
  process.stdout.write("schema-engine-wasm\n");
  process.exit(0);
}
if (options.command) process.exit(await runCommand(options.command, options.datasource.url));
await serve(options);
process.exit(0);
