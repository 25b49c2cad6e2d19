import type { GatewayAuth } from "../gateway-config.ts";
import type { GatewayProduct, InstanceSpec, InstanceTarget } from "../instance.ts";

/** Labels on every object that a container driver makes. They hold no secret: whoever may list containers reads them. */
export const LABEL = {
  /** Which Automna made it; two may share one engine. */
  deployment: "ai.automna.deployment",
  instance: "ai.automna.instance",
  /** Whose it was at its start: a gateway that waited for its first owner keeps `pool` until it is made anew. */
  owner: "ai.automna.owner",
  revision: "ai.automna.revision",
  /** Which try to create it, so that a clean-up removes only what that try left. */
  attempt: "ai.automna.attempt",
  product: "ai.automna.product",
  /** Where a container is published on its host, also while it does not run. */
  port: "ai.automna.port",
  prefix: "ai.automna.prefix",
  identityHeader: "ai.automna.identity-header",
  /** On containers of routers and workers: of which deployment's gateways they are let into the networks. */
  router: "ai.automna.router",
  /** Which nodes of a swarm have had it, and its data. */
  nodes: "ai.automna.nodes",
  /** The node of a swarm that it stays on. */
  pin: "ai.automna.pin",
  /** By which its data can be removed there. */
  image: "ai.automna.image",
  /** Whether it ever had a volume that outlives its tasks. */
  kept: "ai.automna.kept",
  identity: "ai.automna.identity",
} as const;

export type Labels = Readonly<Record<string, string>>;

/** What proves that an object belongs to this instance of this deployment. */
export function ownershipLabels(deployment: string, instanceId: string): Labels {
  return { [LABEL.deployment]: deployment, [LABEL.instance]: instanceId };
}

export function isOurs(labels: Labels | null | undefined, deployment: string, instanceId: string): boolean {
  return labels?.[LABEL.deployment] === deployment && labels[LABEL.instance] === instanceId;
}

export function instanceLabels(spec: InstanceSpec, deployment: string, attempt: string): Labels {
  const { product, settings, ownerId, revision } = spec;
  return {
    ...ownershipLabels(deployment, spec.id),
    [LABEL.owner]: ownerId,
    [LABEL.revision]: revision,
    [LABEL.attempt]: attempt,
    [LABEL.product]: product,
    [LABEL.prefix]: keepsPrefix(product, settings.basePath) ? "keep" : "strip",
    ...identityLabels(settings.auth),
  };
}

function identityLabels(auth: GatewayAuth): Labels {
  if (auth.mode !== "trusted-proxy") return {};
  return { [LABEL.identityHeader]: auth.userHeader, [LABEL.identity]: auth.identity };
}

/** How a router reaches the gateway with these labels at this address. */
export function targetFrom(labels: Labels, host: string, port: number): InstanceTarget {
  const header = labels[LABEL.identityHeader];
  const value = labels[LABEL.identity];
  return {
    host,
    port,
    prefix: labels[LABEL.prefix] === "keep" ? "keep" : "strip",
    forwardedHeaders: "write",
    ...(header === undefined || value === undefined ? {} : { identity: { header, value } }),
  };
}

function keepsPrefix(product: GatewayProduct, basePath: string): boolean {
  return product === "openclaw" && basePath !== "";
}
