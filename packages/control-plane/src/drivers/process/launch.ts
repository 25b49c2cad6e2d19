import { dirname, join } from "node:path";
import { gatewayConfig } from "../../gateway-config.ts";
import type { GatewayConfig, GatewayPaths } from "../../gateway-config.ts";
import type { GatewayProgram } from "../../gateway-resolution.ts";
import type { InstanceSpec, InstanceTarget } from "../../instance.ts";
import { MARKER_VARIABLE } from "./pid-file.ts";

/** One start of one gateway, decided but not done. No argument holds a secret. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly config: GatewayConfig;
  readonly target: InstanceTarget;
}

export interface LaunchContext {
  readonly instanceDir: string;
  readonly port: number;
  readonly nodePath: string;
  readonly searchPath: string;
  /** Passed to the gateway as it is, e.g. the proxy settings of this machine. */
  readonly environment: Readonly<Record<string, string>>;
}

export function instancePaths(instanceDir: string): GatewayPaths {
  return {
    stateDir: join(instanceDir, "state"),
    workspaceDir: join(instanceDir, "workspace"),
    logDir: join(instanceDir, "logs"),
    homeDir: join(instanceDir, "home"),
    tmpDir: join(instanceDir, "tmp"),
  };
}

export function launchOf(spec: InstanceSpec, program: GatewayProgram, context: LaunchContext): Launch {
  const paths = instancePaths(context.instanceDir);
  const config = gatewayConfig(spec.product, spec.settings, { port: context.port, bind: "loopback" }, paths);
  const [file, ...args] = commandOf(program, context, config, paths);
  return {
    file,
    args,
    env: {
      ...context.environment,
      ...config.env,
      // The gateway's own `node` children run on the same Node.
      PATH: `${dirname(context.nodePath)}:${context.searchPath}`,
      [MARKER_VARIABLE]: context.instanceDir,
    },
    cwd: paths.workspaceDir,
    config,
    target: {
      host: "127.0.0.1",
      port: context.port,
      prefix: spec.product === "openclaw" && spec.settings.basePath !== "" ? "keep" : "strip",
      forwardedHeaders: "omit",
    },
  };
}

function commandOf(
  program: GatewayProgram,
  { nodePath, port }: LaunchContext,
  config: GatewayConfig,
  paths: GatewayPaths,
): readonly [string, ...string[]] {
  switch (program.kind) {
    case "installed":
      return [nodePath, program.entry, "gateway", "--port", String(port), "--bind", "loopback"];
    case "demo":
      return [nodePath, program.script, "--port", String(port), "--bind", "127.0.0.1"];
    case "command": {
      const fill = (word: string) =>
        word
          .replaceAll("{port}", String(port))
          .replaceAll("{configPath}", config.file?.path ?? "")
          .replaceAll("{stateDir}", paths.stateDir);
      const [file, ...args] = program.argv;
      return [fill(file), ...args.map(fill)];
    }
  }
}
