import { readFile, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { GatewayProduct } from "./instance.ts";

/** A way to start one product. */
export type GatewayProgram =
  | {
      readonly kind: "installed";
      readonly product: "openclaw" | "clawdbot";
      readonly version: string;
      /** The package's directory. */
      readonly packageDir: string;
      /** The JavaScript file that Node runs. */
      readonly entry: string;
    }
  | {
      /** An operator's own command, e.g. `["openclaw", "gateway", "--port", "{port}"]`. */
      readonly kind: "command";
      readonly product: GatewayProduct;
      /** May hold `{port}`, `{stateDir}` and `{configPath}`. Never a secret: those travel by environment. */
      readonly argv: readonly [string, ...string[]];
    }
  | {
      readonly kind: "demo";
      readonly product: "demo";
      /** A Node script; see {@link DEMO_GATEWAY_CONTRACT}. */
      readonly script: string;
    };

/**
 * What the demo gateway's script is given: arguments `--port <n> --bind 127.0.0.1`, and the environment variables
 * named here. It must listen on that port, answer WebSocket upgrades on any path, and end on SIGTERM.
 */
export const DEMO_GATEWAY_CONTRACT = {
  tokenVariable: "AUTOMNA_GATEWAY_TOKEN",
  basePathVariable: "AUTOMNA_GATEWAY_BASE_PATH",
  stateDirVariable: "AUTOMNA_GATEWAY_STATE_DIR",
  /** Separated by commas. */
  allowedOriginsVariable: "AUTOMNA_GATEWAY_ALLOWED_ORIGINS",
} as const;

export type GatewayResolution =
  | { readonly status: "found"; readonly program: GatewayProgram }
  | { readonly status: "missing"; readonly lookedIn: readonly string[] }
  /** It is there and cannot run. `reason` says what to do. */
  | { readonly status: "unusable"; readonly version: string; readonly reason: string };

export interface ResolveGatewayOptions {
  /** Directories in which `npm install` was run; looked at first, in this order. */
  readonly installDirs: readonly string[];
  /** The value of `PATH`. */
  readonly searchPath: string;
}

/**
 * Finds an installed gateway and its version without running it.
 *
 * @example
 * const found = await resolveGateway("openclaw", { installDirs: [dataDir], searchPath });
 * if (found.status === "found") console.log(found.program);
 */
export async function resolveGateway(
  product: "openclaw" | "clawdbot",
  { installDirs, searchPath }: ResolveGatewayOptions,
): Promise<GatewayResolution> {
  const commandDirs = searchPath.split(delimiter).filter((dir) => dir !== "");
  for (const dir of installDirs) {
    const resolution = await fromPackage(product, join(dir, "node_modules", product));
    if (resolution !== null) return resolution;
  }
  for (const dir of commandDirs) {
    const resolution = await fromCommand(product, join(dir, product));
    if (resolution !== null) return resolution;
  }
  return { status: "missing", lookedIn: [...installDirs, ...commandDirs] };
}

/**
 * Splits an operator's command line into words; quotes group, nothing is expanded and no shell runs.
 *
 * @example
 * parseGatewayCommand('openclaw gateway --port {port}'); // product "openclaw"
 */
export function parseGatewayCommand(line: string, product?: GatewayProduct): GatewayProgram {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
  const [file, ...args] = words;
  if (file === undefined || file === "") {
    throw new GatewayCommandError("The gateway command is empty. Write it as one would in a terminal.");
  }
  if (!words.some((word) => word.includes("{port}"))) {
    throw new GatewayCommandError("The gateway command must say {port} where the port number goes.");
  }
  return {
    kind: "command",
    product: product ?? (words.some((word) => word.includes("clawdbot")) ? "clawdbot" : "openclaw"),
    argv: [file, ...args],
  };
}

/** The operator's gateway command cannot be used; `message` says how it must look. */
export class GatewayCommandError extends Error {
  override readonly name = "GatewayCommandError";
  readonly code = "gateway-command-invalid";
}

/** Published without files that it imports. The `-3` of the same version is whole. */
const BROKEN_CLAWDBOT = "2026.1.24";

async function fromPackage(
  product: "openclaw" | "clawdbot",
  packageDir: string,
): Promise<GatewayResolution | null> {
  const manifest = await readManifest(packageDir);
  if (manifest === null || manifest.name !== product) return null;
  const { version, entry } = manifest;
  if (product === "clawdbot" && version === BROKEN_CLAWDBOT) {
    return {
      status: "unusable",
      version,
      reason: `clawdbot ${BROKEN_CLAWDBOT} was published incomplete and cannot start. Install clawdbot ${BROKEN_CLAWDBOT}-3.`,
    };
  }
  return {
    status: "found",
    program: { kind: "installed", product, version, packageDir, entry: join(packageDir, entry) },
  };
}

/** A command on PATH is a link into the package, or a launcher of which nothing more is known. */
async function fromCommand(
  product: "openclaw" | "clawdbot",
  command: string,
): Promise<GatewayResolution | null> {
  const target = await realpath(command).catch(() => null);
  if (target === null) return null;
  for (let dir = dirname(target); dir !== dirname(dir); dir = dirname(dir)) {
    const resolution = await fromPackage(product, dir);
    if (resolution !== null) return resolution;
  }
  const argv = [target, "gateway", "--port", "{port}", "--bind", "loopback"] as const;
  return { status: "found", program: { kind: "command", product, argv: [...argv] } };
}

async function readManifest(
  packageDir: string,
): Promise<{ name: string; version: string; entry: string } | null> {
  const text = await readFile(join(packageDir, "package.json"), "utf8").catch(() => null);
  if (text === null) return null;
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest !== "object" || manifest === null) return null;
  const { name, version, bin } = manifest as { name?: unknown; version?: unknown; bin?: unknown };
  if (typeof name !== "string" || typeof version !== "string") return null;
  const entry = typeof bin === "string" ? bin : Object.entries(bin ?? {}).find(([key]) => key === name)?.[1];
  return typeof entry === "string" ? { name, version, entry } : null;
}
