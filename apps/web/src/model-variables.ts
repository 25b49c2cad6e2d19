import * as v from "valibot";
import { HTTP, text, url } from "./variable-kinds.ts";

/** Variables about the model that answers in agents whose owners keep no key of their own. */
export const modelVariables = {
  OPENAI_API_KEY: v.optional(
    text(
      "The operator's key for OpenAI or for `OPENAI_BASE_URL`: for the gateways of everybody who keeps no key of their own.",
    ),
  ),
  OPENAI_BASE_URL: v.optional(url("An OpenAI-compatible model server, up to and including `/v1`.", HTTP)),
  ANTHROPIC_API_KEY: v.optional(text("The same for Anthropic, when neither of those two is set.")),
  MODEL: v.optional(text("Model to use. Unset with `OPENAI_BASE_URL`: the first that the server lists.")),
};

/** What was found of a model provider. Holds keys: never log it. */
export interface ModelChoice {
  readonly openaiKey: string | null;
  readonly openaiBaseUrl: string | null;
  readonly anthropicKey: string | null;
  readonly model: string | null;
}

interface Given {
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
  readonly ANTHROPIC_API_KEY?: string | undefined;
  readonly MODEL?: string | undefined;
}

export function modelOf(env: Given): ModelChoice {
  return {
    openaiKey: env.OPENAI_API_KEY ?? null,
    openaiBaseUrl: env.OPENAI_BASE_URL ?? null,
    anthropicKey: env.ANTHROPIC_API_KEY ?? null,
    model: env.MODEL ?? null,
  };
}
