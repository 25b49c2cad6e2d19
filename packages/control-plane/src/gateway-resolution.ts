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
} as const;
