import { DEFAULT_DEPLOYMENT, limitsUnder } from "./containers/container-policy.ts";
import type { ContainerLimits, ContainerPolicy, TraefikPolicy } from "./containers/container-policy.ts";
import { envFile } from "./containers/env-file.ts";
import { instanceLabels, ownershipLabels } from "./containers/labels.ts";
import type { Labels } from "./containers/labels.ts";
import { DriverError } from "./drivers/driver.ts";
import { gatewayConfig, ROUTER_HOST } from "./gateway-config.ts";
import type { GatewayPaths, ModelProvider } from "./gateway-config.ts";
import type { GatewayProduct, InstanceSpec } from "./instance.ts";

export type { ContainerLimits, ContainerPolicy, TraefikPolicy } from "./containers/container-policy.ts";

/** The port of every gateway inside its container. */
export const GATEWAY_PORT = 18_789;

/** The account inside every image. */
export const GATEWAY_UID = 1000;

/** Mounted read-only: the configuration and the secrets. */
const RUN_DIR = "/run/automna";
/** Where a gateway keeps its state. */
export const HOME_DIR = "/home/node";
/** Where it keeps its workspace, unless that lies within the former. */
export const WORKSPACE_DIR = "/workspace";

/** A file that the gateway reads and cannot change. */
export interface ProfileFile {
  readonly path: string;
  readonly content: string;
  readonly secret: boolean;
}

export interface ProfileVolume {
  readonly name: string;
  readonly path: string;
  readonly keeps: "state" | "workspace";
}

/** One container, decided but not made. Both container drivers build theirs from it. */
export interface ContainerProfile {
  /** Of the container or service and of its network. */
  readonly name: string;
  readonly image: string;
  readonly command: readonly [string, ...string[]];
  /** Holds no secret. */
  readonly env: Readonly<Record<string, string>>;
  /** All in {@link ContainerProfile.filesDir}. */
  readonly files: readonly ProfileFile[];
  readonly filesDir: string;
  /** Values inside `files`, for the redaction of logs. */
  readonly secrets: readonly string[];
  readonly user: string;
  readonly limits: ContainerLimits;
  readonly volumes: readonly ProfileVolume[];
  /** Inside of the volumes, the gateway's own, outer before inner. */
  readonly directories: readonly string[];
  /** Path and size in bytes. */
  readonly tmpfs: Readonly<Record<string, number>>;
  readonly egress: "open" | "internal";
  readonly labels: Labels;
  readonly health: ContainerHealth;
  readonly log: { readonly maxBytes: number; readonly maxFiles: number };
}

export interface ContainerHealth {
  readonly command: readonly [string, ...string[]];
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly startPeriodSeconds: number;
  readonly retries: number;
}

/** The names of everything that belongs to one instance. */
export interface ContainerNames {
  /** Container or service, and network. */
  readonly main: string;
  readonly state: string;
  readonly workspace: string;
  readonly files: string;
}

const FILES_SUFFIX = "-files";
const INSTANCE_ID = /^[0-9a-f]{24}$/;

export function isInstanceId(text: string): boolean {
  return INSTANCE_ID.test(text);
}

/** Throws {@link DriverError} for an id that is not one, so that no name is ever built from anything else. */
export function containerNames(instanceId: string, deployment: string = DEFAULT_DEPLOYMENT): ContainerNames {
  if (!isInstanceId(instanceId)) {
    throw new DriverError("invalid-instance", "An instance id is 24 lower-case hex characters.");
  }
  const main = `${deployment}-${instanceId}`;
  return { main, state: `${main}-state`, workspace: `${main}-workspace`, files: `${main}${FILES_SUFFIX}` };
}

/** Whether a volume of this name holds configuration and secrets, not data. */
export function isFilesVolume(name: string): boolean {
  return name.endsWith(FILES_SUFFIX);
}

/** Labels of the objects that live as long as the instance: network and volumes. */
export function keptLabels(spec: Pick<InstanceSpec, "id">, policy: ContainerPolicy): Labels {
  return ownershipLabels(policy.deployment ?? DEFAULT_DEPLOYMENT, spec.id);
}

/** What is known only once the network exists. */
export interface ProfileContext {
  /** Addresses from which the router reaches the container. */
  readonly routerAddresses: readonly string[];
  readonly attempt: string;
  /**
   * Where the workspace lies: on a volume `apart`, or `within` the state's. Default `apart`, which needs somebody who
   * gives the volume to the gateway's account.
   */
  readonly workspace?: "apart" | "within";
}

/**
 * Decides one container: hardening, limits, mounts, labels and the gateway's configuration.
 *
 * Throws {@link DriverError} without an image for the product, `GatewayConfigError` for settings that it cannot have.
 *
 * @example
 * const profile = containerProfile(spec, { images: { openclaw: "ghcr.io/openclaw/openclaw:2026.9.6" } }, {
 *   routerAddresses: ["10.213.0.1"],
 *   attempt: "a1",
 * });
 */
export function containerProfile(
  spec: InstanceSpec,
  policy: ContainerPolicy,
  context: ProfileContext,
): ContainerProfile {
  const { product } = spec;
  const deployment = policy.deployment ?? DEFAULT_DEPLOYMENT;
  const names = containerNames(spec.id, deployment);
  const limits = limitsOf(spec, policy);
  const isApart = context.workspace !== "within";
  const paths = gatewayPaths(product, isApart ? WORKSPACE_DIR : `${HOME_DIR}/workspace`);
  const trustedProxies = [...new Set([...spec.settings.trustedProxies, ...context.routerAddresses])];
  const model = modelSeenFrom(spec.settings.model, context.routerAddresses);
  const settings = { ...spec.settings, trustedProxies, model };
  const config = gatewayConfig(product, settings, { port: GATEWAY_PORT, bind: "lan" }, paths);
  const isSecret = ([, value]: readonly [string, string]) => config.secrets.includes(value);
  const environment = seenFrom(policy.environment ?? {}, context.routerAddresses);
  const entries = Object.entries({ ...environment, ...config.env });
  const secretFile = `${RUN_DIR}/gateway.env`;
  return {
    name: names.main,
    image: imageFor(spec, policy),
    // Node reads the secrets itself: as environment of the container, `docker inspect` would show them.
    command: ["node", `--env-file=${secretFile}`, ...PROGRAM[product]],
    env: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    files: [
      { path: secretFile, content: envFile(Object.fromEntries(entries.filter(isSecret))), secret: true },
      // Before the configuration, which names it.
      ...(config.keyFile === null ? [] : [{ ...config.keyFile, secret: true }]),
      ...(config.file === null
        ? []
        : [
            {
              path: config.file.path,
              content: `${JSON.stringify(config.file.content, null, 2)}\n`,
              secret: false,
            },
          ]),
    ],
    filesDir: RUN_DIR,
    secrets: config.secrets,
    user: `${GATEWAY_UID}:${GATEWAY_UID}`,
    limits,
    volumes: [
      { name: names.state, path: HOME_DIR, keeps: "state" },
      ...(isApart ? [{ name: names.workspace, path: paths.workspaceDir, keeps: "workspace" } as const] : []),
    ],
    directories: [HOME_DIR, paths.workspaceDir, paths.stateDir, paths.logDir],
    tmpfs: { "/tmp": limits.tmpBytes },
    egress: policy.egress ?? "open",
    labels: {
      ...instanceLabels(spec, deployment, context.attempt),
      ...(policy.traefik && spec.subdomain ? traefikLabels(names.main, spec.subdomain, policy.traefik) : {}),
    },
    health: healthOf(product),
    log: { maxBytes: 5 * 1024 ** 2, maxFiles: 2 },
  };
}

/** `NO_PROXY` may name this machine, which a container sees at an address of its own network. */
function seenFrom(
  environment: Readonly<Record<string, string>>,
  [router = ROUTER_HOST]: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll(ROUTER_HOST, router)]),
  );
}

function modelSeenFrom(model: ModelProvider | null, [router]: readonly string[]): ModelProvider | null {
  if (model?.kind !== "openai-compatible" || router === undefined) return model;
  return { ...model, baseUrl: model.baseUrl.replace(ROUTER_HOST, router) };
}

/** Relative to nothing: every image holds its gateway here. `/app/dist/index.js` is where OpenClaw's own image has it. */
const PROGRAM: Readonly<Record<GatewayProduct, readonly [string, ...string[]]>> = {
  openclaw: ["/app/dist/index.js", "gateway", "--bind", "lan", "--port", String(GATEWAY_PORT)],
  clawdbot: ["/app/gateway.mjs", "gateway", "--bind", "lan", "--port", String(GATEWAY_PORT)],
  demo: ["/app/gateway.mjs", "--bind", "0.0.0.0", "--port", String(GATEWAY_PORT)],
};

function gatewayPaths(product: GatewayProduct, workspaceDir: string): GatewayPaths {
  const stateDir = `${HOME_DIR}/.${product === "demo" ? "automna-demo" : product}`;
  return {
    stateDir,
    workspaceDir,
    logDir: `${stateDir}/logs`,
    homeDir: HOME_DIR,
    tmpDir: "/tmp",
    configDir: RUN_DIR,
  };
}

/** The instance's own before the operator's, the operator's before the measured ones. */
function limitsOf({ product, limits = {} }: InstanceSpec, policy: ContainerPolicy): ContainerLimits {
  return {
    ...limitsUnder(product, policy),
    ...(limits.memory === undefined ? {} : { memoryBytes: limits.memory }),
    ...(limits.cpus === undefined ? {} : { cpus: limits.cpus }),
    ...(limits.pids === undefined ? {} : { pids: limits.pids }),
  };
}

function imageFor({ product, image }: InstanceSpec, policy: ContainerPolicy): string {
  const name = image ?? policy.images[product];
  if (name === undefined) {
    throw new DriverError(
      "gateway-missing",
      `No container image is set for ${product}. Name one in the settings, or build one with deploy/gateway-image.`,
    );
  }
  return name;
}

/**
 * The rule names a host and hands it to the router's own service: the container itself is never a service of the
 * reverse proxy, so that nobody comes in without the router's owner check.
 */
function traefikLabels(name: string, subdomain: string, traefik: TraefikPolicy): Labels {
  const router = `traefik.http.routers.${name}`;
  return {
    "traefik.enable": "true",
    [`${router}.rule`]: `Host(\`${subdomain}.${traefik.domain}\`)`,
    [`${router}.entrypoints`]: traefik.entryPoint ?? "wss",
    [`${router}.tls.certresolver`]: traefik.certResolver ?? "letsencrypt",
    [`${router}.service`]: traefik.service,
  };
}

/**
 * The shell speaks HTTP itself. A second Node for each check is what kills a small container for want of memory.
 * Clawdbot has no health address: that it answers at all must do, and readiness is proven by a handshake anyway.
 */
function healthOf(product: GatewayProduct): ContainerHealth {
  const [path, expected] = product === "openclaw" ? ["/healthz", "*' 200 '*"] : ["/", "HTTP/*"];
  const script =
    `exec 3<>/dev/tcp/127.0.0.1/${GATEWAY_PORT} && ` +
    `printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && ` +
    `read -r -t 5 line <&3 && [[ $line == ${expected} ]]`;
  return {
    command: ["bash", "-c", script],
    intervalSeconds: 30,
    timeoutSeconds: 10,
    startPeriodSeconds: 120,
    retries: 3,
  };
}
