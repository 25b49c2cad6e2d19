import * as v from "valibot";
import { oneOf, text } from "./variable-kinds.ts";

/** The variables of gateways in a swarm; a part of those of containers. */
export const swarmEnvironment = v.object({
  GATEWAY_NODES: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]+=[\w.-]+$/, "must be a label and its value, such as automna=gateways"),
      v.description(
        "Label of the nodes of a swarm that take gateways, with its value. Unset: all take them.",
      ),
    ),
  ),
  GATEWAY_STATE: v.optional(
    oneOf(
      "What becomes of a gateway's data when its node of a swarm is lost. `node`: it stays there and the gateway waits. `fresh`: the gateway starts elsewhere without it. `shared`: it lies in `GATEWAY_SHARED_DIR` and moves along.",
      ["node", "fresh", "shared"],
    ),
    "node",
  ),
  GATEWAY_SHARED_DIR: v.optional(
    text("Directory that all nodes of a swarm and the worker share under this path."),
  ),
  GATEWAY_OVERLAYS: v.optional(
    oneOf(
      "Whether what passes between nodes of a swarm is `encrypted`, which their kernels must be able to (IPsec ESP), or `plain`.",
      ["encrypted", "plain"],
    ),
    "encrypted",
  ),
  ROUTER_ENGINES: v.optional(
    v.pipe(
      v.string(),
      v.transform((list) => list.split(",").map((address) => address.trim())),
      v.description(
        "Engines of the nodes of a swarm where routers and workers run, separated by commas. Unset: `DOCKER_HOST`.",
      ),
    ),
  ),
});

type SwarmEnvironment = v.InferOutput<typeof swarmEnvironment>;

/** How a swarm is used; of no meaning for other drivers. */
export interface SwarmConfig {
  /** null: all nodes take gateways. */
  readonly nodes: { readonly name: string; readonly value: string } | null;
  readonly state:
    | { readonly kind: "node" }
    | { readonly kind: "fresh" }
    | { readonly kind: "shared"; readonly directory: string };
  readonly encrypted: boolean;
  /** null: the manager's alone. */
  readonly routerEngines: readonly string[] | null;
}

export function swarmConfigOf(env: SwarmEnvironment): SwarmConfig {
  const [name = "", value = ""] = env.GATEWAY_NODES?.split("=") ?? [];
  return {
    nodes: env.GATEWAY_NODES === undefined ? null : { name, value },
    state:
      env.GATEWAY_STATE === "shared"
        ? { kind: "shared", directory: env.GATEWAY_SHARED_DIR ?? "" }
        : { kind: env.GATEWAY_STATE },
    encrypted: env.GATEWAY_OVERLAYS === "encrypted",
    routerEngines: env.ROUTER_ENGINES ?? null,
  };
}

/** What contradicts itself, a sentence each. */
export function swarmProblems(
  env: SwarmEnvironment & { GATEWAY_DISK_MB?: number | undefined; GATEWAY_DISK_BY: string },
): string[] {
  const problems: string[] = [];
  if (env.GATEWAY_STATE === "shared" && !env.GATEWAY_SHARED_DIR?.startsWith("/"))
    problems.push(
      "Set GATEWAY_SHARED_DIR to the absolute path of the directory that all nodes share: GATEWAY_STATE=shared keeps data there.",
    );
  if (env.GATEWAY_DISK_MB !== undefined && env.GATEWAY_DISK_BY === "loopback")
    problems.push(
      "Set GATEWAY_DISK_BY to quota or tmpfs, or unset GATEWAY_DISK_MB: image files cannot be mounted on other nodes.",
    );
  return problems;
}
