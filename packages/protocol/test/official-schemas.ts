import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { Ajv, type ValidateFunction } from "ajv";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const CACHE = join(import.meta.dirname, "../../../.cache/clawdbot-2026.1.24-3");
const PACKAGE = "clawdbot@2026.1.24-3";
const INTEGRITY =
  "sha512-zt9BzhWXduq8ZZR4rfzQDurQWAgmijTTyPZCQGrn5ew6wCEwhxxEr2/NHG7IlCwcfRsKymsY4se9KMhoNz0JtQ==";
const PUBLISHED = "protocol.schema.json";
const ENFORCED = "enforced.schema.json";

/** Writes the TypeBox objects by which the version 3 gateway itself validates as JSON Schema. */
const DUMP = `
  import { writeFileSync } from "node:fs";
  import { ProtocolSchemas } from "./package/dist/gateway/protocol/schema/protocol-schemas.js";
  writeFileSync(${JSON.stringify(ENFORCED)}, JSON.stringify({ definitions: ProtocolSchemas }));
`;

type Definitions = Record<string, object>;

function isDefinitions(value: unknown): value is { definitions: Definitions } {
  return typeof value === "object" && value !== null && "definitions" in value;
}

async function readDefinitions(path: string): Promise<Definitions> {
  const parsed: unknown = JSON.parse(await readFile(path, "utf8"));
  if (!isDefinitions(parsed)) throw new Error(`${path} holds no definitions.`);
  return parsed.definitions;
}

async function fetchTarball(folder: string): Promise<string> {
  const { stdout } = await run("npm", ["pack", PACKAGE, "--silent", "--ignore-scripts"], { cwd: folder });
  const tarball = join(folder, stdout.trim().split("\n").at(-1) ?? "");
  const hash = createHash("sha512")
    .update(await readFile(tarball))
    .digest("base64");
  if (`sha512-${hash}` !== INTEGRITY)
    throw new Error(`${PACKAGE} is not the package that was expected: sha512-${hash}`);
  return tarball;
}

async function fill(folder: string): Promise<void> {
  const tarball = await fetchTarball(folder);
  await run("tar", [
    "xzf",
    tarball,
    "-C",
    folder,
    "package/dist/protocol.schema.json",
    "package/dist/gateway/protocol",
    "package/dist/sessions/session-label.js",
  ]);
  await rm(tarball);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  await mkdir(join(folder, "node_modules/@sinclair"), { recursive: true });
  const typebox = join(require.resolve("@sinclair/typebox"), "../../..");
  await symlink(typebox, join(folder, "node_modules/@sinclair/typebox"));
  await writeFile(join(folder, "dump.js"), DUMP);
  await run(process.execPath, ["dump.js"], { cwd: folder });
  await rename(join(folder, "package/dist/protocol.schema.json"), join(folder, PUBLISHED));
}

async function cachedDefinitions(file: string): Promise<Definitions> {
  const path = join(CACHE, file);
  const cached = await readDefinitions(path).catch(() => null);
  if (cached !== null) return cached;
  await mkdir(dirname(CACHE), { recursive: true });
  const folder = await mkdtemp(`${CACHE}-`);
  try {
    await fill(folder);
    await rm(CACHE, { recursive: true, force: true });
    // Another test run may have been faster; then its folder stands and is the same.
    await rename(folder, CACHE).catch(() => undefined);
  } catch (cause) {
    throw new Error(`${PACKAGE} could not be fetched with npm pack; it is needed once, for its schemas.`, {
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return readDefinitions(path);
}

/** Tells by name whether a value fits a definition; the list of errors is empty when it does. */
export type SchemaCheck = {
  has(definition: string): boolean;
  errors(definition: string, value: unknown): string[];
};

function schemaCheck(definitions: Definitions): SchemaCheck {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "protocol", definitions });
  const compiled = new Map<string, ValidateFunction>();
  const validator = (definition: string): ValidateFunction => {
    const known = compiled.get(definition) ?? ajv.compile({ $ref: `protocol#/definitions/${definition}` });
    compiled.set(definition, known);
    return known;
  };
  return {
    has: (definition) => Object.hasOwn(definitions, definition),
    errors: (definition, value) => {
      const validate = validator(definition);
      // What goes over the wire is JSON, so that is what is checked.
      if (validate(JSON.parse(JSON.stringify(value)))) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
      );
    },
  };
}

/** `protocol.schema.json` of `@openclaw/gateway-protocol`. */
export async function version4Schema(): Promise<SchemaCheck> {
  // The package's export map leaves the file out.
  const path = join(import.meta.dirname, "../node_modules/@openclaw/gateway-protocol/protocol.schema.json");
  return schemaCheck(await readDefinitions(path));
}

/**
 * The two descriptions of version 3 in `clawdbot@2026.1.24-3`: the `protocol.schema.json` that it publishes, and the
 * TypeBox schemas that its gateway enforces. The published file is older than the gateway (see
 * `outbound-frames.test.ts`).
 */
export async function version3Schemas(): Promise<{ published: SchemaCheck; enforced: SchemaCheck }> {
  const published = schemaCheck(await cachedDefinitions(PUBLISHED));
  return { published, enforced: schemaCheck(await cachedDefinitions(ENFORCED)) };
}
