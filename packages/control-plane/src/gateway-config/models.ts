import type { JsonValue, ModelProvider } from "../gateway-config.ts";

/** Local servers take any key; both gateways refuse a provider without one. */
const NO_KEY = "no-key-needed";

export interface ModelConfig {
  /** The `models` block, absent when the gateway's own catalogue is used. */
  readonly models?: JsonValue;
  /** The `agents.defaults.model` block, absent for the gateway's own default. */
  readonly model?: JsonValue;
  readonly env: Readonly<Record<string, string>>;
  /** The endpoint's, where no variable carries it. */
  readonly endpointKey: string | null;
  readonly secrets: readonly string[];
}

/** How one product spells what the other spells differently. */
export interface ModelDialect {
  /** Model references for the providers whose default the product would not pick by itself. */
  readonly defaultModels: Readonly<Record<"openai" | "anthropic", string | undefined>>;
  /** The name under which an OpenAI-compatible endpoint is listed. */
  readonly endpointName: string;
  /** The environment variable that carries the endpoint's key; `null` when a file does. */
  readonly endpointKeyVariable: string | null;
  /** How the configuration refers to either; absent when the product knows it by the endpoint's name. */
  readonly endpointKeyReference?: JsonValue;
}

/** The part of a configuration that names the model. Both products read the same shape. */
export function modelConfig(provider: ModelProvider | null, dialect: ModelDialect): ModelConfig {
  if (provider === null) return { env: {}, endpointKey: null, secrets: [] };
  if (provider.kind !== "openai-compatible") {
    const variable = provider.kind === "openai" ? "OPENAI_API_KEY" : "ANTHROPIC_API_KEY";
    const primary = provider.modelId
      ? `${provider.kind}/${provider.modelId}`
      : dialect.defaultModels[provider.kind];
    return {
      ...(primary ? { model: { primary } } : {}),
      env: { [variable]: provider.apiKey },
      endpointKey: null,
      secrets: [provider.apiKey],
    };
  }
  const { api = "openai-completions", baseUrl } = provider;
  const { endpointKeyVariable: variable } = dialect;
  const key = provider.apiKey ?? NO_KEY;
  return {
    models: {
      mode: "replace",
      providers: {
        [dialect.endpointName]: {
          // Anthropic's clients add the version themselves.
          baseUrl: api === "anthropic-messages" ? baseUrl.replace(/\/v1$/, "") : baseUrl,
          api,
          ...(dialect.endpointKeyReference === undefined ? {} : { apiKey: dialect.endpointKeyReference }),
          models: [
            {
              id: provider.modelId,
              name: provider.modelId,
              reasoning: provider.reasoning ?? false,
              input: ["text", "image"],
              cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
              contextWindow: provider.contextWindow ?? 128_000,
              maxTokens: 8192,
            },
          ],
        },
      },
    },
    model: { primary: `${dialect.endpointName}/${provider.modelId}` },
    env: variable === null ? {} : { [variable]: key },
    endpointKey: variable === null ? key : null,
    secrets: provider.apiKey === null ? [] : [provider.apiKey],
  };
}
