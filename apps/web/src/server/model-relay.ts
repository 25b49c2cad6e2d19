import { createServer, type Server } from "node:http";
import { BlockList, isIPv6 } from "node:net";
import {
  type Driver,
  type ModelApi,
  type ModelProvider,
  ROUTER_HOST,
  systemClock,
} from "@automna/control-plane";
import {
  addModelUsage,
  type ModelKeyRecord,
  modelUsageOf,
  openModelKey,
  ownerOfRelayKey,
} from "@automna/control-plane/database";
import {
  type Admission,
  createModelRelay,
  createUsageLedger,
  instanceOfRelayKey,
  RELAY_BASES,
  type RelayAccount,
  relayKeyOf,
  type RelayUpstream,
  type UsageLedger,
} from "@automna/control-plane/model-relay";
import type { Config } from "../config.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import type { Storage } from "./storage.ts";

/** Which provider a person's own key is for, and the model named with it. */
type OwnModel = Pick<ModelKeyRecord, "provider" | "modelId">;

/**
 * Where agents ask models: the operator's and people's own keys stay in this process, and what is used of the operator's
 * is counted.
 */
export interface ModelRelayPort {
  readonly number: number;
  /**
   * The provider as one instance sees it, with a key that is good for that instance alone; `null` when there is no model.
   *
   * @param own The owner's own key, without the key; `null`: they keep none.
   */
  providerFor(instanceId: string, token: string, own: OwnModel | null): ModelProvider | null;
  close(): Promise<void>;
}

export interface ModelRelayPortOptions {
  readonly config: Pick<Config, "port" | "metering" | "containers" | "gatewayEnvironment">;
  readonly driver: Driver["name"];
  /** The operator's; `null`: people's own keys alone are asked with. */
  readonly model: ModelProvider | null;
  readonly storage: Pick<Storage, "database" | "keyRing">;
  readonly log: Log;
  /** Where the providers of own keys are. Default: their public addresses. */
  readonly providers?: ProviderAddresses;
  /** How long a question may take to arrive, in milliseconds. Default 120,000. */
  readonly arrivalMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A large question over a slow network. */
const ARRIVAL_MS = 120_000;
const HEADERS_MS = 30_000;
const CHECK_MS = 10_000;
const LOOPBACK = "127.0.0.1";

export async function openModelRelay(options: ModelRelayPortOptions): Promise<ModelRelayPort> {
  const { driver, config, model, storage, log, arrivalMs = ARRIVAL_MS, now = Date.now } = options;
  const { relay: wish } = config.metering;
  const operators = model && upstreamOf(model);
  const onError = (error: unknown) => log.logger.warn({ err: error }, "model relay");
  const ledger = createUsageLedger({
    onError,
    clock: { ...systemClock, now },
    write: (entry) => addModelUsage(storage.database, { ...entry, requests: 1 }),
  });
  const relay = createModelRelay({
    admit: (key, account) => admit(key, account, operators, options, ledger),
    record: ({ userId, usage: { input, output } }) =>
      ledger.add({ userId, model: operators?.modelId ?? "", inputTokens: input, outputTokens: output }),
    onError,
    proxyEnvironment: config.gatewayEnvironment,
    now,
  });
  const reachable = reachableFrom(options);
  const create = (): Server => {
    const server = createServer(
      {
        // Of a question's arrival alone: its answer may take minutes.
        requestTimeout: arrivalMs,
        headersTimeout: Math.min(HEADERS_MS, arrivalMs),
        connectionsCheckingInterval: Math.min(CHECK_MS, arrivalMs),
        keepAliveTimeout: 75_000,
      },
      relay.handleRequest,
    );
    server.on("connection", (socket) => {
      if (!reachable(socket.localAddress ?? "")) socket.destroy();
    });
    return server;
  };
  const contained = driver !== "process";
  const host = wish.host ?? (contained ? "0.0.0.0" : LOOPBACK);
  const opened = await listen(create, host, portOf(options), "MODEL_RELAY_");
  const origin = wish.url ?? `http://${contained ? ROUTER_HOST : LOOPBACK}:${opened.port}`;
  return {
    number: opened.port,
    providerFor(instanceId, token, own) {
      const apiKey = relayKeyOf(instanceId, token);
      const at = (account: RelayAccount) => ({ baseUrl: `${origin}${RELAY_BASES[account]}`, apiKey });
      if (own) return { ...seenByGateways({ kind: own.provider }), ...at("own"), modelId: modelOf(own) };
      if (model === null || operators === null) return null;
      return { ...seenByGateways(model), ...at("operator"), modelId: operators.modelId };
    },
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

/** Told until the gateway has started anew. */
const KEY_FORGOTTEN =
  "Your own model key is no longer kept, so the model was not asked. The agent is about to start anew without it; send the message again in a moment.";

async function admit(
  key: string,
  account: RelayAccount,
  operators: OperatorsUpstream | null,
  options: ModelRelayPortOptions,
  ledger: UsageLedger,
): Promise<Admission> {
  const { storage, config, now = Date.now } = options;
  const { database, keyRing } = storage;
  const { metering } = config;
  const instanceId = instanceOfRelayKey(key);
  const owner = instanceId === null ? null : await ownerOfRelayKey(database, keyRing, instanceId, key);
  if (owner === null) return { status: "refused", refusal: "key-unknown" };
  const { userId } = owner;
  if (userId === null) return { status: "refused", refusal: "no-owner" };
  if (account === "own") return admitOwn(userId, options);
  if (operators === null) return { status: "refused", refusal: "no-model" };
  if (metering.dailyTokens !== null) {
    const { today } = await modelUsageOf(database, userId, now());
    const used = today.inputTokens + today.outputTokens + ledger.unwritten(userId);
    if (used >= metering.dailyTokens) return { status: "told", notice: USED_UP };
  }
  return { status: "admitted", upstream: operators, userId };
}

/** Their provider counts and bills it. The key is the one that is kept now, whatever the agent was started with. */
async function admitOwn(
  userId: string,
  { storage: { database, keyRing }, log, providers = PROVIDERS }: ModelRelayPortOptions,
): Promise<Admission> {
  const own = await openModelKey(database, keyRing, userId);
  if (own === null) return { status: "told", notice: KEY_FORGOTTEN };
  const { provider: api, apiKey } = own;
  log.redactor.add(apiKey);
  const upstream = { api, baseUrl: providers[api], apiKey, modelId: null };
  return { status: "admitted", upstream, userId: null };
}

/** Containers outlive this process, and the next one has to be where they look for it. */
function portOf({ driver, config }: ModelRelayPortOptions): number {
  const { port } = config.metering.relay;
  if (port !== null || driver === "process" || config.port === 0) return port ?? 0;
  return Math.min(config.port + 2, 65_535);
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

const modelOf = ({ provider, modelId }: OwnModel) => modelId ?? DEFAULT_MODELS[provider];

type ProviderAddresses = Readonly<Record<OwnModel["provider"], string>>;

/** Up to and including the version segment. */
const PROVIDERS: ProviderAddresses = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
};

type OperatorsUpstream = RelayUpstream & { readonly modelId: string };

function upstreamOf(model: ModelProvider): OperatorsUpstream {
  const { kind, apiKey } = model;
  if (kind === "openai-compatible")
    return { api: "openai", baseUrl: model.baseUrl, apiKey, modelId: model.modelId };
  const modelId = model.modelId ?? DEFAULT_MODELS[kind];
  return { api: kind, baseUrl: PROVIDERS[kind], apiKey, modelId };
}

const APIS: Readonly<Record<ModelProvider["kind"], ModelApi>> = {
  "openai-compatible": "openai-completions",
  openai: "openai-responses",
  anthropic: "anthropic-messages",
};

type Seen = Pick<ModelProvider, "kind"> & { readonly reasoning?: boolean; readonly contextWindow?: number };

function seenByGateways({ kind, reasoning, contextWindow }: Seen) {
  return {
    kind: "openai-compatible" as const,
    api: APIS[kind],
    ...(kind === "openai-compatible"
      ? {
          ...(reasoning === undefined ? {} : { reasoning }),
          ...(contextWindow === undefined ? {} : { contextWindow }),
        }
      : { reasoning: true, contextWindow: 200_000 }),
  };
}
