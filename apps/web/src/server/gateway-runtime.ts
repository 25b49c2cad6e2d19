import { join } from "node:path";
import {
  DEFAULT_LIMITS,
  type Driver,
  type GatewayProduct,
  type GatewayProgram,
  type InstanceLimits,
  policyDigest,
  startProcessDriver,
} from "@automna/control-plane";
import type {
  ContainerLimits,
  ContainerPolicy,
  DiskPolicy,
  StatePolicy,
} from "@automna/control-plane/containers";
import type { Config } from "../config.ts";
import { engineAddresses, exposedEngines } from "./engine-address.ts";
import { gatewayEnvironment } from "./gateway-environment.ts";
import { chooseGatewayProgram } from "./gateway-program.ts";
import type { Log } from "./log.ts";

/** What runs the gateways of this app. */
export interface GatewayRuntime {
  readonly driver: Driver["name"];
  readonly product: GatewayProduct;
  /** Names the installed build of the product: another one means another start. Empty where an image does. */
  readonly build: string;
  /** What new instances run, and others are upgraded to; null where no image is run. */
  readonly image: string | null;
  /** Names what the operator has decided for every container; null where no image is run. */
  readonly policy: string | null;
  /** For the person who starts the app; names no secret. */
  readonly words: string;
  readonly open: () => Promise<Driver>;
}

/** The tested version, from where OpenClaw publishes it. The others come from deploy/gateway-image. */
const IMAGES: Readonly<Record<GatewayProduct, string>> = {
  openclaw: "ghcr.io/openclaw/openclaw:2026.9.6",
  clawdbot: "automna/clawdbot:2026.1.24-3",
  demo: "automna/demo:local",
};

/** What runs gateways, as far as the configuration alone says: for processes that run none. */
export function configuredRuntime({
  gateway,
  driver,
  containers,
}: Config): Pick<GatewayRuntime, "driver" | "product" | "image"> {
  const product = gateway.product === "auto" ? "openclaw" : gateway.product;
  return { driver, product, image: driver === "process" ? null : (containers.image ?? IMAGES[product]) };
}

export async function chooseGatewayRuntime(config: Config, log: Log): Promise<GatewayRuntime> {
  return config.driver === "process" ? processRuntime(config, log) : containerRuntime(config, log);
}

async function processRuntime(config: Config, { logger }: Log): Promise<GatewayRuntime> {
  const { gateway, dataDir, searchPath } = config;
  const onUnusable = (reason: string) => logger.warn({ reason }, "an installed gateway was passed over");
  const program = await chooseGatewayProgram(gateway, { dataDir, searchPath, onUnusable });
  return {
    driver: "process",
    product: program.product,
    build: program.kind === "installed" ? program.version : "",
    image: null,
    policy: null,
    words: describeProgram(program),
    open: () =>
      startProcessDriver({
        dataDir: join(dataDir, "instances"),
        cacheDir: join(dataDir, "cache"),
        programFor: () => Promise.resolve(program),
        searchPath,
        environment: gatewayEnvironment(config),
      }),
  };
}

function describeProgram(program: GatewayProgram): string {
  return program.kind === "installed"
    ? `${program.product} ${program.version}`
    : `${program.product} (GATEWAY_COMMAND)`;
}

function containerRuntime(config: Config, { logger }: Log): GatewayRuntime {
  const { driver, product, image } = configuredRuntime(config);
  const { containers } = config;
  const policy = policyOf(config, product, image);
  return {
    driver,
    product,
    build: "",
    image,
    policy: policyDigest(product, policy, driver === "docker" ? diskOf(config) : swarmPolicyOf(config)),
    words: `${product} in containers of ${image}`,
    async open() {
      // Not before it is wanted: an app without containers does not load Docker's client.
      const { refuseUnseenDisks, startDockerDriver, startSwarmDriver } =
        await import("@automna/control-plane/containers");
      const { pull, networkPool, engineHost, engineCertificates, swarm } = containers;
      const [engine = {}] = await engineAddresses([engineHost], engineCertificates);
      const spokenTo = [engineHost, ...((driver === "swarm" && swarm.routerEngines) || [])];
      for (const host of exposedEngines(spokenTo, engineCertificates))
        logger.warn(
          { engine: host },
          "this engine is spoken to in the clear: set DOCKER_CERT_PATH, and start it with --tlsverify",
        );
      const common = { policy, engine, pull, networkPool };
      if (driver === "docker") {
        const options = { ...common, disk: diskOf(config) };
        await refuseUnseenDisks(options);
        return startDockerDriver(options);
      }
      const routerEngines =
        swarm.routerEngines && (await engineAddresses(swarm.routerEngines, engineCertificates));
      return startSwarmDriver({
        ...common,
        ...swarmPolicyOf(config),
        onError: (error) => logger.warn({ err: error }, "swarm"),
        ...(routerEngines ? { routerEngines } : {}),
      });
    },
  };
}

/** What a gateway of this app may use unless its row says otherwise; null where nothing is limited. */
export function configuredLimits(config: Config, product: GatewayProduct): InstanceLimits | null {
  if (config.driver === "process") return null;
  const { memoryBytes, cpus, pids, disk } = config.containers;
  const usual = DEFAULT_LIMITS[product];
  return {
    memory: memoryBytes ?? usual.memoryBytes,
    cpus: cpus ?? usual.cpus,
    pids: pids ?? usual.pids,
    ...(disk === null ? {} : { disk: disk.bytes }),
  };
}

function policyOf(config: Config, product: GatewayProduct, image: string | null): ContainerPolicy {
  const { containers, instanceOrigins } = config;
  const { memoryBytes, cpus, pids, traefikService } = containers;
  const limits: Partial<ContainerLimits> = {
    ...(memoryBytes === null ? {} : { memoryBytes }),
    ...(cpus === null ? {} : { cpus }),
    ...(pids === null ? {} : { pids }),
  };
  return {
    deployment: containers.deployment,
    images: image === null ? {} : { [product]: image },
    limits: { [product]: limits },
    egress: containers.egress,
    environment: gatewayEnvironment(config),
    traefik:
      traefikService !== null && instanceOrigins.kind === "subdomain"
        ? { domain: instanceOrigins.domain, service: traefikService }
        : null,
  };
}

/** Where a swarm's gateways run, and what becomes of what they keep. */
function swarmPolicyOf(config: Config) {
  const { nodes, state, encrypted } = config.containers.swarm;
  return { nodes, encrypted, state: { ...state, disk: swarmDiskOf(config) } };
}

/** The configuration refuses the kind that only this host could mount. */
function swarmDiskOf({ containers: { disk } }: Config): StatePolicy["disk"] {
  return disk === null || disk.kind === "loopback" ? { kind: "unlimited" } : { ...disk, kind: disk.kind };
}

function diskOf({ containers: { disk }, dataDir }: Config): DiskPolicy {
  if (disk === null) return { kind: "unlimited" };
  const { kind, bytes } = disk;
  return kind === "loopback" ? { kind, bytes, directory: join(dataDir, "disks") } : { kind, bytes };
}
