import { digestOf } from "../digest.ts";
import type { GatewayProduct } from "../instance.ts";

/** What one gateway may use. */
export interface ContainerLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
  /** For `/tmp`, which counts as memory. */
  readonly tmpBytes: number;
  /** Seconds between the orderly stop and the forced one. */
  readonly stopGraceSeconds: number;
}

/** How a reverse proxy in front of the router learns of a subdomain. The router itself stays the only way in. */
export interface TraefikPolicy {
  /** Instances are announced as `{subdomain}.{domain}`. */
  readonly domain: string;
  /** Traefik's name for the router's service, with its provider: `router@swarm`. */
  readonly service: string;
  /** Default `wss`. */
  readonly entryPoint?: string;
  /** Traefik's certificate resolver. Default `letsencrypt`. */
  readonly certResolver?: string;
}

/** What an operator decides for every container. */
export interface ContainerPolicy {
  /** Lower-case name of this deployment; begins every name on the engine. Default `automna`. */
  readonly deployment?: string;
  /** Images by product; an instance may name another. */
  readonly images: Readonly<Partial<Record<GatewayProduct, string>>>;
  readonly limits?: Readonly<Partial<Record<GatewayProduct, Partial<ContainerLimits>>>>;
  /** `open`: the agent reaches the internet. `internal`: it reaches nothing but the router. Default `open`. */
  readonly egress?: "open" | "internal";
  readonly traefik?: TraefikPolicy | null;
  /** More environment for every gateway, e.g. proxy settings. Holds no secret; may hold `ROUTER_HOST`. */
  readonly environment?: Readonly<Record<string, string>>;
}

const MB = 1024 ** 2;

/** Measured with the real gateways: less is killed for want of memory at the first tool call. */
export const DEFAULT_LIMITS: Readonly<Record<GatewayProduct, ContainerLimits>> = {
  openclaw: { memoryBytes: 2048 * MB, cpus: 2, pids: 512, tmpBytes: 256 * MB, stopGraceSeconds: 330 },
  clawdbot: { memoryBytes: 512 * MB, cpus: 1, pids: 256, tmpBytes: 128 * MB, stopGraceSeconds: 30 },
  demo: { memoryBytes: 192 * MB, cpus: 0.5, pids: 64, tmpBytes: 16 * MB, stopGraceSeconds: 10 },
};

export const DEFAULT_DEPLOYMENT = "automna";

/** What a gateway may use whose row says nothing of it. */
export function limitsUnder(product: GatewayProduct, policy: ContainerPolicy): ContainerLimits {
  return { ...DEFAULT_LIMITS[product], ...policy.limits?.[product] };
}

/**
 * Names everything that an operator decides for the containers of a product and that none of them takes over as it runs.
 *
 * @param more Of the driver's own, such as the kind of its disks.
 */
export function policyDigest(product: GatewayProduct, policy: ContainerPolicy, more: unknown): string {
  const {
    deployment = DEFAULT_DEPLOYMENT,
    egress = "open",
    traefik = null,
    environment = {},
    images,
  } = policy;
  const limits = limitsUnder(product, policy);
  return digestOf({ deployment, egress, traefik, environment, image: images[product], limits, more });
}
