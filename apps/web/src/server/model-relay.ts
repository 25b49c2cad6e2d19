import { createServer, type Server } from "node:http";
import { BlockList, isIPv6 } from "node:net";
import { type Driver, type ModelApi, type ModelProvider, ROUTER_HOST } from "@automna/control-plane";
import { addModelUsage, modelUsageOf, ownerOfRelayKey } from "@automna/control-plane/database";
import {
  type Admission,
  createModelRelay,
  createUsageLedger,
  instanceOfRelayKey,
  relayKeyOf,
  type RelayUpstream,
  type UsageLedger,
} from "@automna/control-plane/model-relay";
import type { Config } from "../config.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import type { Storage } from "./storage.ts";

/** Where agents ask the operator's model: the key to it stays in this process, and what they use is counted. */
export interface ModelRelayPort {
  readonly number: number;
  /** The provider as one instance sees it, with a key that is good for that instance alone. */
  providerFor(instanceId: string, token: string): ModelProvider;
  close(): Promise<void>;
}

export interface ModelRelayPortOptions {
  readonly config: Pick<Config, "port" | "metering" | "containers" | "gatewayEnvironment">;
  readonly driver: Driver["name"];
  /** The operator's. */
  readonly model: ModelProvider;
  readonly storage: Pick<Storage, "database" | "keyRing">;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const LOOPBACK = "127.0.0.1";
/**
 * `null` where gateways would not find it: in a swarm unless its address is configured, and from containers, which
 * outlive this process, where the next one would have another port.
 */
export async function openModelRelay(options: ModelRelayPortOptions): Promise<ModelRelayPort | null> {
  const { driver, config, model, storage, log } = options;
  const { relay: wish } = config.metering;
  const port = portOf(options);
  if (port === null || (driver === "swarm" && wish.url === null)) return null;
  const upstream = upstreamOf(model);
  const onError = (error: unknown) => log.logger.warn({ err: error }, "model relay");
  const ledger = createUsageLedger({
    onError,
    write: (entry) => addModelUsage(storage.database, { ...entry, requests: 1 }),
  });
  const relay = createModelRelay({
    upstream,
    admit: (key) => admit(key, options, ledger),
    record: ({ userId, usage: { input, output } }) =>
      ledger.add({ userId, model: upstream.modelId, inputTokens: input, outputTokens: output }),
    onError,
    proxyEnvironment: config.gatewayEnvironment,
  });
  const reachable = reachableFrom(options);
  const create = (): Server => {
    // No limit on a request: a large question over a slow network, then minutes of answer.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 75_000 }, relay.handleRequest);
    server.on("connection", (socket) => {
      if (!reachable(socket.localAddress ?? "")) socket.destroy();
    });
    return server;
  };
  const contained = driver !== "process";
  const host = wish.host ?? (contained ? "0.0.0.0" : LOOPBACK);
  const opened = await listen(create, host, port, "MODEL_RELAY_");
  const origin = wish.url ?? `http://${contained ? ROUTER_HOST : LOOPBACK}:${opened.port}`;
  return {
    number: opened.port,
    providerFor: (instanceId, token) => ({
      ...seenByGateways(model),
      baseUrl: `${origin}/v1`,
      apiKey: relayKeyOf(instanceId, token),
      modelId: upstream.modelId,
    }),
    async close() {
      for (const server of opened.servers) server.close();
      relay.close();
      for (const server of opened.servers) server.closeAllConnections();
      await ledger.close();
    },
  };
}

/** For the person, in the place of an answer. */
const USED_UP =
  "The model budget for today is used up, so the model was not asked. It is renewed at midnight UTC. To go on now, keep a model key of your own on the dashboard, or ask the operator for more.";

async function admit(
  key: string,
  { storage: { database, keyRing }, config: { metering }, now = Date.now }: ModelRelayPortOptions,
  ledger: UsageLedger,
): Promise<Admission> {
  const instanceId = instanceOfRelayKey(key);
  const owner = instanceId === null ? null : await ownerOfRelayKey(database, keyRing, instanceId, key);
  if (owner === null) return { status: "refused", refusal: "key-unknown" };
  const { userId } = owner;
  if (userId === null) return { status: "refused", refusal: "no-owner" };
  if (metering.dailyTokens !== null) {
    const { today } = await modelUsageOf(database, userId, now());
    const used = today.inputTokens + today.outputTokens + ledger.unwritten(userId);
    if (used >= metering.dailyTokens) return { status: "used-up", notice: USED_UP };
  }
  return { status: "admitted", userId };
}

function portOf({ driver, config }: ModelRelayPortOptions): number | null {
  const { port } = config.metering.relay;
  if (port !== null || driver === "process") return port ?? 0;
  return config.port === 0 ? null : Math.min(config.port + 2, 65_535);
}

/**
 * Listening on every address is the only way to be on networks that do not exist yet. What does not come in on one of
 * the containers' networks, or on loopback, is let go.
 */
function reachableFrom({
  driver,
  config: { metering, containers },
}: ModelRelayPortOptions): (local: string) => boolean {
  if (driver === "process" || metering.relay.host !== null || metering.relay.url !== null) return () => true;
  let own: BlockList | null = null;
  return (local) => {
    own ??= networks(containers.networkPool, "127.0.0.0/8");
    return own.check(local, isIPv6(local) ? "ipv6" : "ipv4");
  };
}

function networks(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [base = "", bits] = range.split("/");
    list.addSubnet(base, Number(bits), "ipv4");
  }
  return list;
}

/** What the providers' own documentation names first; `MODEL` names another. */
const DEFAULT_MODELS = { openai: "gpt-5.2", anthropic: "claude-opus-5" } as const;

function upstreamOf(model: ModelProvider): RelayUpstream {
  const { apiKey } = model;
  switch (model.kind) {
    case "openai-compatible":
      return { api: "openai", baseUrl: model.baseUrl, apiKey, modelId: model.modelId };
    case "openai":
      return {
        api: "openai",
        baseUrl: "https://api.openai.com/v1",
        apiKey,
        modelId: model.modelId ?? DEFAULT_MODELS.openai,
      };
    case "anthropic":
      return {
        api: "anthropic",
        baseUrl: "https://api.anthropic.com/v1",
        apiKey,
        modelId: model.modelId ?? DEFAULT_MODELS.anthropic,
      };
  }
}

const APIS: Readonly<Record<ModelProvider["kind"], ModelApi>> = {
  "openai-compatible": "openai-completions",
  openai: "openai-responses",
  anthropic: "anthropic-messages",
};

function seenByGateways(model: ModelProvider) {
  const { kind } = model;
  const known = kind === "openai-compatible";
  return {
    kind: "openai-compatible" as const,
    api: APIS[kind],
    ...(known
      ? {
          ...(model.reasoning === undefined ? {} : { reasoning: model.reasoning }),
          ...(model.contextWindow === undefined ? {} : { contextWindow: model.contextWindow }),
        }
      : { reasoning: true, contextWindow: 200_000 }),
  };
}
