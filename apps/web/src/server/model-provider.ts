import type { ModelProvider } from "@automna/control-plane";
import * as v from "valibot";
import type { ModelChoice } from "../model-variables.ts";

/** The model server did not say which models it has. */
class ModelProviderError extends Error {
  override readonly name = "ModelProviderError";
  readonly code = "model-unknown";
}

const modelsSchema = v.object({ data: v.pipe(v.array(v.object({ id: v.string() })), v.minLength(1)) });

/** The provider that gateways answer from: a base URL before a key, OpenAI before Anthropic, `null` without any. */
export async function chooseModel(
  { openaiBaseUrl, openaiKey, anthropicKey, model }: ModelChoice,
  fetchFrom: typeof fetch = fetch,
): Promise<ModelProvider | null> {
  const modelId = model === null ? {} : { modelId: model };
  if (openaiBaseUrl !== null) {
    const baseUrl = openaiBaseUrl.replace(/\/+$/, "");
    return {
      kind: "openai-compatible",
      baseUrl,
      apiKey: openaiKey,
      modelId: model ?? (await firstModel(baseUrl, openaiKey, fetchFrom)),
    };
  }
  if (openaiKey !== null) return { kind: "openai", apiKey: openaiKey, ...modelId };
  if (anthropicKey !== null) return { kind: "anthropic", apiKey: anthropicKey, ...modelId };
  return null;
}

async function firstModel(baseUrl: string, key: string | null, fetchFrom: typeof fetch): Promise<string> {
  try {
    const response = await fetchFrom(`${baseUrl}/models`, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(5_000),
    });
    const [first] = v.parse(modelsSchema, await response.json()).data;
    return first?.id ?? "";
  } catch (cause) {
    throw new ModelProviderError(
      `The model server at ${baseUrl} did not list its models. Start it, or name a model with MODEL.`,
      { cause },
    );
  }
}

/** The provider in words, without its key. */
export function describeModel(provider: ModelProvider | null): string {
  switch (provider?.kind) {
    case "openai-compatible":
      return `${provider.modelId} at ${provider.baseUrl}`;
    case "openai":
      return `OpenAI${provider.modelId ? `, ${provider.modelId}` : ""} (key from OPENAI_API_KEY)`;
    case "anthropic":
      return `Anthropic${provider.modelId ? `, ${provider.modelId}` : ""} (key from ANTHROPIC_API_KEY)`;
    case undefined:
      return "none: set OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENAI_BASE_URL";
  }
}
