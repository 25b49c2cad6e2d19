import type { ProtocolVersion } from "./options.ts";
import type { FailStep } from "./script.ts";

/** Why a model call broke. */
export type Failure = {
  kind: "status" | "cut" | "timed-out";
  status: number;
  providerMessage: string;
  retryable: boolean;
};

export function failureOf(step: FailStep | { do: "cut" }): Failure {
  if (step.do === "cut") return { kind: "cut", status: 0, providerMessage: "terminated", retryable: true };
  const retryable = step.status === 408 || step.status === 429 || step.status >= 500;
  return {
    kind: "status",
    status: step.status,
    providerMessage: `${step.status} ${step.message ?? `fake failure ${step.status}`}`,
    retryable,
  };
}

/** How often the gateway calls the provider before it gives up. Version 3 does not try a cut stream again. */
export function triesOf(version: ProtocolVersion, failure: Failure): number {
  if (!failure.retryable) return 1;
  if (version === 3) return failure.kind === "cut" ? 1 : 3;
  return failure.status === 429 ? 10 : 8;
}

/** How many tries version 4 announces: for everything but rate limits one more than it makes. */
export const announcedTries = (failure: Failure): number => (failure.status === 429 ? 10 : 9);

/** How version 4 names and words a failure. `ref` is `provider/model`. */
export function wordsOf(
  failure: Failure,
  ref: string,
): {
  reason: string;
  kind: string;
  errorKind: string | undefined;
  message: string;
  second: string;
  row: string;
} {
  const wrap = (message: string) =>
    `⚠️ Agent failed before reply: ${message}\nTo view logs, run \`openclaw logs --follow\` in a terminal.`;
  const LATER = "This is usually temporary — try again shortly.";
  if (failure.kind === "timed-out") {
    const message =
      "Request timed out before a response was generated. Please try again, or increase `agents.defaults.timeoutSeconds` in your config.";
    return { reason: "timeout", kind: "timeout", errorKind: "timeout", message, second: message, row: "" };
  }
  if (failure.kind === "cut" || failure.status === 408) {
    const message = "LLM request timed out.";
    return {
      reason: "timeout",
      kind: "timeout",
      errorKind: "timeout",
      message,
      second: wrap(message),
      row: `⚠️ LLM request failed (request timed out). ${LATER}`,
    };
  }
  if (failure.status === 429) {
    const second = "⚠️ The model request was rate-limited. Please try again in a few minutes.";
    return {
      reason: "rate_limit",
      kind: "rate_limit",
      errorKind: "rate_limit",
      message: "⚠️ API rate limit reached. Please try again later.",
      second,
      row: `⚠️ LLM request failed (rate limited, HTTP 429). ${LATER}`,
    };
  }
  if (failure.status === 401 || failure.status === 403) {
    const tail = `(authentication failed, HTTP ${failure.status}). Re-authenticate the provider and try again.`;
    const message = `⚠️ ${ref} request failed ${tail}`;
    return {
      reason: "auth",
      kind: "unclassified",
      errorKind: undefined,
      message,
      second: wrap(message),
      row: `⚠️ LLM request failed ${tail}`,
    };
  }
  if (failure.status >= 500) {
    const tail = `(provider internal error, HTTP ${failure.status}). ${LATER}`;
    const message = `⚠️ ${ref} request failed ${tail}`;
    return {
      reason: "server_error",
      kind: "timeout",
      errorKind: undefined,
      message,
      second: wrap(message),
      row: `⚠️ LLM request failed ${tail}`,
    };
  }
  const message = "LLM request failed: provider rejected the request schema or tool payload.";
  return {
    reason: "format",
    kind: "schema",
    errorKind: undefined,
    message,
    second: wrap(message),
    row: `⚠️ LLM request failed (request format rejected, HTTP ${failure.status}).`,
  };
}
