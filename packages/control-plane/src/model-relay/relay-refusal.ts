/** Why the relay does not ask. */
export type RelayRefusal =
  | "key-unknown"
  | "no-owner"
  | "not-served"
  | "too-large"
  | "too-many"
  | "full"
  | "not-understood"
  | "other-model"
  | "other-provider"
  | "no-model"
  | "provider-unreachable"
  | "unavailable";

interface Refusal {
  readonly status: number;
  readonly message: string;
  /** When asking again may help, in seconds. */
  readonly retryAfter?: number;
}

const REFUSALS: Readonly<Record<RelayRefusal, Refusal>> = {
  "key-unknown": {
    status: 401,
    message: "This key is not of a running agent of this server. Restart the agent on its dashboard.",
  },
  "no-owner": { status: 403, message: "This agent has no owner yet, and may not ask a model." },
  "not-served": {
    status: 404,
    message: "The model relay does not serve this address. Ask for an answer of the model, or for its name.",
  },
  "too-large": { status: 413, message: "The question is larger than the model relay takes. Send less." },
  "too-many": {
    status: 429,
    message:
      "This agent asks too much at a time. Ask again when earlier questions have been answered, or ask less at once.",
    retryAfter: 5,
  },
  full: {
    status: 503,
    message: "The model relay holds as many questions as it can. Ask again in a moment.",
    retryAfter: 5,
  },
  "not-understood": {
    status: 400,
    message: "The question is not a JSON object that names its model. Send what the provider documents.",
  },
  "other-model": {
    status: 400,
    message:
      "This server pays for one model only. Use the one of the agent's configuration, or a key of your own.",
  },
  "other-provider": {
    status: 409,
    message:
      "The key that is kept is for another provider than the agent asks. Restart the agent on its dashboard.",
  },
  "no-model": {
    status: 403,
    message: "This server has no model of its own. Keep a model key of your own on the dashboard.",
  },
  "provider-unreachable": {
    status: 502,
    message: "The model provider cannot be reached. Trying again helps when it is back.",
  },
  unavailable: {
    status: 503,
    message: "The model relay cannot look up whose agent asks. Trying again helps when the database is back.",
  },
};

/** An error as both providers' clients read it. */
export function refusalAnswer(refusal: RelayRefusal): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const { status, message, retryAfter } = REFUSALS[refusal];
  const code = refusal.replaceAll("-", "_");
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    },
    body: JSON.stringify({ type: "error", error: { type: code, code, message } }),
  };
}
