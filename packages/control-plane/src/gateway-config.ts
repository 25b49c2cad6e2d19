import { createHmac } from "node:crypto";
import { clawdbotConfig } from "./gateway-config/clawdbot.ts";
import { demoConfig } from "./gateway-config/demo.ts";
import { openclawConfig } from "./gateway-config/openclaw.ts";
import type { GatewayProduct, InstanceSpec, InstanceTarget } from "./instance.ts";

export { GatewayConfigError } from "./gateway-config/config-error.ts";
export type { GatewayConfigErrorCode } from "./gateway-config/config-error.ts";
export { writeGatewayConfig } from "./gateway-config/write-config.ts";

/** Who may talk to the gateway, and by what proof. */
export type GatewayAuth =
  | { readonly mode: "token"; readonly token: string }
  | {
      /** OpenClaw only: the router vouches for the owner; no secret reaches a browser. */
      readonly mode: "trusted-proxy";
      /** The one name that is let in, as the router writes it into `userHeader`. */
      readonly identity: string;
      readonly userHeader: string;
      readonly scopes: readonly string[];
      /** The name of the control plane itself, which alone may administer. Nobody is told it, and nobody can guess it. */
      readonly control: string;
      /** The router reaches the gateway over loopback. */
      readonly allowLoopback: boolean;
    };

/** The header in which the router vouches. */
const IDENTITY_HEADER = "x-forwarded-user";

/**
 * The gateway lets in whoever the router vouches for, as far as a chat needs, and nobody else. It never may show its
 * configuration, which an administrator's scope would. The name is the instance's own: the router writes it once it
 * knows that the owner asks, no other gateway takes it, and it stays when a waiting gateway gets its first owner.
 */
function vouchedFor(instanceId: string, token: string): GatewayAuth {
  return {
    mode: "trusted-proxy",
    identity: instanceId,
    userHeader: IDENTITY_HEADER,
    scopes: ["operator.read", "operator.write", "operator.approvals"],
    control: createHmac("sha256", token).update(`control ${instanceId}`).digest("base64url"),
    allowLoopback: false,
  };
}

type DrivenInstance = Pick<InstanceSpec, "id" | "product"> & {
  readonly driver: "process" | "docker" | "swarm";
};

/** Whether the router vouches for the owner, so that no browser gets a token and the gateway knows none. */
export function isVouched({ driver, product }: Pick<DrivenInstance, "driver" | "product">): boolean {
  return driver !== "process" && product === "openclaw";
}

/** How a gateway lets its owner in. */
export function authOf(instance: DrivenInstance, token: string): GatewayAuth {
  return isVouched(instance) ? vouchedFor(instance.id, token) : { mode: "token", token };
}

/** What the router then writes into the owner's requests, and into nobody else's. */
export function identityOf(auth: GatewayAuth): InstanceTarget["identity"] {
  return auth.mode === "trusted-proxy" ? { header: auth.userHeader, value: auth.identity } : undefined;
}

/** Stands in a model's address for this machine, as a container sees it: only a container's driver knows how. */
export const ROUTER_HOST = "router.invalid";

/** The interfaces of models that gateways speak. */
export type ModelApi = "openai-completions" | "openai-responses" | "anthropic-messages";

/** Where answers come from. Keys travel by environment variable or in a file of their own, never in an argument. */
export type ModelProvider =
  | {
      readonly kind: "openai-compatible";
      /** Up to and including the version segment, e.g. `http://127.0.0.1:8000/v1`. May hold {@link ROUTER_HOST}. */
      readonly baseUrl: string;
      /** How it is asked. Default `openai-completions`. */
      readonly api?: ModelApi;
      readonly apiKey: string | null;
      readonly modelId: string;
      /** The model sends its reasoning apart from its answer. Default `false`. */
      readonly reasoning?: boolean;
      /** Tokens. Default 128000. */
      readonly contextWindow?: number;
    }
  | { readonly kind: "openai"; readonly apiKey: string; readonly modelId?: string }
  | { readonly kind: "anthropic"; readonly apiKey: string; readonly modelId?: string };

/** What a gateway is told, whoever runs it. */
export interface GatewaySettings {
  readonly auth: GatewayAuth;
  /** `/i/{id}`, or `""` at the root. No trailing slash. */
  readonly basePath: string;
  /** Origins of pages that may open a socket, e.g. `http://localhost:3001`. */
  readonly allowedOrigins: readonly string[];
  /** Addresses whose forwarded headers the gateway believes. Empty when the router sends none. */
  readonly trustedProxies: readonly string[];
  /**
   * What happens to a device that connects from this machine for the first time. `silent` (default): it is paired.
   * `approval`: it waits until an operator approves it; OpenClaw only.
   */
  readonly localPairing?: "silent" | "approval";
  /** `null`: the gateway starts and every turn fails with its own "no key" error. */
  readonly model: ModelProvider | null;
}

/** Where the gateway listens. */
export interface GatewayListen {
  readonly port: number;
  readonly bind: "loopback" | "lan";
}

/** Absolute directories that belong to one instance. */
export interface GatewayPaths {
  readonly stateDir: string;
  readonly workspaceDir: string;
  readonly logDir: string;
  readonly homeDir: string;
  readonly tmpDir: string;
  /** Where the configuration file lies when the gateway may read it but not change it. Default: `stateDir`. */
  readonly configDir?: string;
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** A product's configuration: its files, the environment that carries the other secrets, and what must never be logged. */
export interface GatewayConfig {
  readonly product: GatewayProduct;
  readonly file: { readonly path: string; readonly content: JsonValue } | null;
  /** Holds one secret, which the gateway reads at its start and whenever it is told to; `null` where it has no such. */
  readonly keyFile: { readonly path: string; readonly content: string } | null;
  /** The whole environment of the process except `PATH`. */
  readonly env: Readonly<Record<string, string>>;
  /** Literal secrets inside of all this, for the redaction of logs. */
  readonly secrets: readonly string[];
}

/**
 * Builds the configuration of one gateway: the only place that knows how settings are spelled in each product.
 *
 * Throws {@link GatewayConfigError} for settings that the product cannot have.
 */
export function gatewayConfig(
  product: GatewayProduct,
  settings: GatewaySettings,
  listen: GatewayListen,
  paths: GatewayPaths,
): GatewayConfig {
  switch (product) {
    case "openclaw":
      return openclawConfig(settings, listen, paths);
    case "clawdbot":
      return clawdbotConfig(settings, listen, paths);
    case "demo":
      return demoConfig(settings, paths);
  }
}
