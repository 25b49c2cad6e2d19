import * as v from "valibot";
import { type SwarmConfig, swarmConfigOf, swarmEnvironment, swarmProblems } from "./swarm-variables.ts";
import { oneOf, text, wholeNumber } from "./variable-kinds.ts";

/** The variables of gateways in containers; a part of the whole environment. */
export const containerEnvironment = v.object({
  DRIVER: v.optional(
    oneOf(
      "What gateways run as: a `process` of this machine, a container of one `docker` host, or a service of a `swarm`.",
      ["process", "docker", "swarm"],
    ),
    "process",
  ),
  DOCKER_HOST: v.optional(
    text("The engine to run containers on, of a swarm one of its managers: `unix://` or `tcp://`."),
    "unix:///var/run/docker.sock",
  ),
  DOCKER_CERT_PATH: v.optional(
    text(
      "Folder with `ca.pem`, `cert.pem` and `key.pem`, by which engines at `tcp://` are spoken to over TLS. Unset: in the clear, and whoever reaches such an engine is root on its machine.",
    ),
  ),
  DEPLOYMENT: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z][a-z0-9]{0,19}$/, "must be up to 20 lower-case letters and digits"),
      v.description("Begins every name on the engine. Two deployments on one engine need two names."),
    ),
    "automna",
  ),
  GATEWAY_IMAGE: v.optional(
    text(
      "Image of the gateways. Unset: OpenClaw's own image in the tested version; for Clawdbot and the demo the ones of `deploy/gateway-image`.",
    ),
  ),
  PULL_IMAGES: v.optional(
    oneOf("Whether an image that the engine lacks is pulled.", ["missing", "never"]),
    "missing",
  ),
  GATEWAY_MEMORY_MB: v.optional(
    wholeNumber("Memory of one gateway. Unset: 2048 for OpenClaw, 512 for Clawdbot.", 64, 1_048_576),
  ),
  GATEWAY_CPUS: v.optional(
    v.pipe(
      v.string(),
      v.decimal("must be a number such as 0.5"),
      v.transform(Number),
      v.minValue(0.05, "must be at least 0.05"),
      v.description("CPUs of one gateway. Unset: 2 for OpenClaw, 1 for Clawdbot."),
    ),
  ),
  GATEWAY_PIDS: v.optional(
    wholeNumber(
      "Processes and threads of one gateway. Unset: 512 for OpenClaw, 256 for Clawdbot.",
      32,
      1_000_000,
    ),
  ),
  GATEWAY_EGRESS: v.optional(
    oneOf(
      "`open`: agents reach the internet. `internal`: they reach nothing but the router and their own network; in a swarm that leaves the model relay out, so that only demos may have it.",
      ["open", "internal"],
    ),
    "open",
  ),
  GATEWAY_DISK_MB: v.optional(
    wholeNumber(
      "Disk of one gateway, for its state and as much again for its workspace. Unset: no limit.",
      16,
      16_777_216,
    ),
  ),
  GATEWAY_DISK_BY: v.optional(
    oneOf(
      "How the disk is limited. `quota`: by the engine, on XFS. `loopback`: by an image file for each volume, as root on the engine's host. `tmpfs`: in memory, gone at a stop.",
      ["quota", "loopback", "tmpfs"],
    ),
    "loopback",
  ),
  GATEWAY_NETWORKS: v.optional(
    text(
      "Where the subnets of gateways are cut from: sixteen addresses for each on one Docker host, 32 in a swarm.",
    ),
    "10.213.0.0/16",
  ),
  ...swarmEnvironment.entries,
  TRAEFIK_SERVICE: v.optional(
    text(
      "With `INSTANCE_DOMAIN`: Traefik's name for the router's service, such as `router@swarm`. Gateways then carry the labels that announce their subdomains.",
    ),
  ),
});

type ContainerEnvironment = v.InferOutput<typeof containerEnvironment>;

/** How containers are run; of no meaning for the `process` driver. */
export interface ContainerConfig {
  readonly engineHost: string;
  /** Folder with the files of the engines' TLS; null: none is used. */
  readonly engineCertificates: string | null;
  readonly deployment: string;
  /** null: the product's own. */
  readonly image: string | null;
  readonly pull: "missing" | "never";
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  readonly pids: number | null;
  readonly egress: "open" | "internal";
  readonly disk: { readonly kind: "quota" | "loopback" | "tmpfs"; readonly bytes: number } | null;
  readonly networkPool: string;
  readonly traefikService: string | null;
  readonly swarm: SwarmConfig;
}

const MB = 1024 ** 2;

export function containerConfigOf(env: ContainerEnvironment): ContainerConfig {
  return {
    engineHost: env.DOCKER_HOST,
    engineCertificates: env.DOCKER_CERT_PATH ?? null,
    deployment: env.DEPLOYMENT,
    image: env.GATEWAY_IMAGE ?? null,
    pull: env.PULL_IMAGES,
    memoryBytes: env.GATEWAY_MEMORY_MB === undefined ? null : env.GATEWAY_MEMORY_MB * MB,
    cpus: env.GATEWAY_CPUS ?? null,
    pids: env.GATEWAY_PIDS ?? null,
    egress: env.GATEWAY_EGRESS,
    disk:
      env.GATEWAY_DISK_MB === undefined
        ? null
        : { kind: env.GATEWAY_DISK_BY, bytes: env.GATEWAY_DISK_MB * MB },
    networkPool: env.GATEWAY_NETWORKS,
    traefikService: env.TRAEFIK_SERVICE ?? null,
    swarm: swarmConfigOf(env),
  };
}

/** What contradicts itself, a sentence each. */
export function containerProblems(
  env: ContainerEnvironment & { GATEWAY_COMMAND?: string | undefined },
): string[] {
  if (env.DRIVER === "process") return [];
  const problems = env.DRIVER === "swarm" ? swarmProblems(env) : [];
  if (env.GATEWAY_COMMAND)
    problems.push(
      "Unset GATEWAY_COMMAND: a container runs the program of its image. GATEWAY_IMAGE names another.",
    );
  return problems;
}
