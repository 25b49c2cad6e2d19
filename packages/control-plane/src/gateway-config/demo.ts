import type { GatewayConfig, GatewayPaths, GatewaySettings } from "../gateway-config.ts";
import { DEMO_GATEWAY_CONTRACT } from "../gateway-resolution.ts";
import { GatewayConfigError } from "./config-error.ts";

/** The environment for the demo gateway, which has no configuration file. */
export function demoConfig(settings: GatewaySettings, paths: GatewayPaths): GatewayConfig {
  if (settings.auth.mode !== "token") {
    throw new GatewayConfigError("auth-unsupported", "The demo gateway lets in by token only.");
  }
  return {
    product: "demo",
    file: null,
    keyFile: null,
    env: {
      HOME: paths.homeDir,
      TMPDIR: paths.tmpDir,
      LANG: "C.UTF-8",
      [DEMO_GATEWAY_CONTRACT.tokenVariable]: settings.auth.token,
      [DEMO_GATEWAY_CONTRACT.basePathVariable]: settings.basePath,
      [DEMO_GATEWAY_CONTRACT.stateDirVariable]: paths.stateDir,
      [DEMO_GATEWAY_CONTRACT.allowedOriginsVariable]: settings.allowedOrigins.join(","),
    },
    secrets: [settings.auth.token],
  };
}
