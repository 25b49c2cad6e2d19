import { Agent as PlainAgent, request as plainRequest } from "node:http";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { pipeline } from "node:stream";
import { createHeldQuestions, type HeldQuestion } from "./held-questions.ts";
import {
  type RelayAccount,
  type RelayedRequest,
  type RequestRules,
  readRequest,
  targetOf,
} from "./relayed-request.ts";
import { noticeAnswer } from "./relay-notice.ts";
import { type RelayRefusal, refusalAnswer } from "./relay-refusal.ts";
import { createUsageMeter, reckoned, type TokenUsage } from "./token-usage.ts";

/** Somebody's account with a provider of models, or a server of the operator's own. */
export interface RelayUpstream {
  /** How requests are written: it decides where the key goes. */
  readonly api: "openai" | "anthropic";
  /** Up to and including the version segment: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  /** The one model that people get; `null`: whichever their agents ask for. */
  readonly modelId: string | null;
}

/** Whether a gateway may ask now; `refused` says why not. */
export type Admission =
  | {
      readonly status: "admitted";
      readonly upstream: RelayUpstream;
      /** For whom it is counted; `null` where it is nobody's business here what is used. */
      readonly userId: string | null;
    }
  /** Nobody is asked, such as when a budget is used up: the person is told so, in an answer. */
  | { readonly status: "told"; readonly notice: string }
  | { readonly status: "refused"; readonly refusal: RelayRefusal };

export interface ModelRelayOptions {
  /** Decides by the key that the gateway sent, and by whose key it wants to ask with. */
  readonly admit: (key: string, account: RelayAccount) => Promise<Admission>;
  /** Told once of every answer that used tokens. */
  readonly record: (used: { readonly userId: string; readonly usage: TokenUsage }) => void;
  readonly onError: (error: unknown) => void;
  /** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, for the way to the provider. */
  readonly proxyEnvironment?: Readonly<Record<string, string>>;
  /**
   * Largest question, in bytes; an agent's questions together hold no more than this, and all agents' four times as much,
   * until their provider begins to answer. Default 64 MB.
   */
  readonly maxBodyBytes?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Asks providers in gateways' names: they never see a provider's key, and what they use of the operator's is counted. */
export interface ModelRelay {
  readonly handleRequest: (req: IncomingMessage, res: ServerResponse) => void;
  /** Ends what is under way; what was used until then is recorded. */
  close(): void;
}

const MAX_BODY_BYTES = 64 * 1024 ** 2;
/** So many largest questions fit into the process at a time. */
const LARGEST_IN_ALL = 4;
/** More than an agent with helpers of its own asks at a time. */
const QUESTIONS_PER_KEY = 32;
/** The rest of a request is about a gateway and none of the provider's business. */
const REQUEST_HEADERS = ["accept", "content-type", "anthropic-version", "anthropic-beta", "openai-beta"];
/** The rest of an answer is about the account and none of the gateway's. */
const ANSWER_HEADERS = ["content-type", "retry-after", "request-id", "x-request-id", "x-should-retry"];

export function createModelRelay(options: ModelRelayOptions): ModelRelay {
  const { onError, now = Date.now, maxBodyBytes: maxBytes = MAX_BODY_BYTES } = options;
  // Read by nobody here; frameworks declare that every environment has it.
  const proxyEnv = { NODE_ENV: "production", ...options.proxyEnvironment } as const;
  const agentOptions = { keepAlive: true, proxyEnv };
  const agents = { tls: new TlsAgent(agentOptions), plain: new PlainAgent(agentOptions) };
  const underWay = new Set<ClientRequest>();
  const questions = createHeldQuestions({
    bytesPerKey: maxBytes,
    bytesInAll: LARGEST_IN_ALL * maxBytes,
    questionsPerKey: QUESTIONS_PER_KEY,
  });

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const target = targetOf(req);
    if (target === null) return refuse(res, "not-served");
    const key = keyIn(req);
    const admission = await options.admit(key, target.account);
    if (admission.status === "refused") return refuse(res, admission.refusal);
    const held = questions.open(key);
    if (held === null) return refuse(res, "too-many");
    try {
      const read = await readRequest(req, target, { ...rulesOf(admission), maxBytes, held });
      if ("refusal" in read) refuse(res, read.refusal);
      else if (admission.status === "told") tell(read, res, admission.notice);
      else if (!res.destroyed) return ask(read, req, res, admission, held);
    } catch (error) {
      held.release();
      throw error;
    }
    held.release();
  }

  function tell({ costs }: RelayedRequest, res: ServerResponse, text: string): void {
    if (costs === null) return refuse(res, "not-served");
    const { contentType, body } = noticeAnswer({ ...costs, text, now: now() });
    res.writeHead(200, { "content-type": contentType }).end(body);
  }

  function ask(
    asked: RelayedRequest,
    req: IncomingMessage,
    res: ServerResponse,
    { upstream, userId }: Extract<Admission, { status: "admitted" }>,
    held: HeldQuestion,
  ): void {
    // Nothing that lasts as long as the answer holds on to the question.
    const bytes = asked.body?.byteLength ?? 0;
    const secure = upstream.baseUrl.startsWith("https:");
    const request = secure ? tlsRequest : plainRequest;
    const outgoing = request(`${upstream.baseUrl}${asked.path}`, {
      agent: secure ? agents.tls : agents.plain,
      method: asked.method,
      headers: headersFor(req, asked, upstream),
    });
    underWay.add(outgoing);
    const use =
      asked.costs && userId !== null ? (usage: TokenUsage) => options.record({ userId, usage }) : null;
    let answered = false;
    res.once("close", () => {
      // Who asked has gone: nobody pays for the rest. What was asked has to be paid for.
      if (!answered && !res.writableFinished) use?.({ input: reckoned(bytes), output: 0 });
      outgoing.destroy();
    });
    outgoing.once("close", () => {
      underWay.delete(outgoing);
      held.release();
    });
    outgoing.once("error", (error) => {
      if (res.destroyed) return;
      onError(error);
      if (res.headersSent) res.destroy();
      else refuse(res, "provider-unreachable");
    });
    outgoing.once("response", (incoming) => {
      answered = true;
      held.release();
      passOn(incoming, res, bytes, use);
    });
    outgoing.end(asked.body);
  }

  function passOn(
    incoming: IncomingMessage,
    res: ServerResponse,
    requestBytes: number,
    use: ((usage: TokenUsage) => void) | null,
  ): void {
    const { statusCode = 502, headers } = incoming;
    const kept = ANSWER_HEADERS.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [name, value] : [];
    });
    res.writeHead(statusCode, kept);
    res.flushHeaders();
    if (statusCode < 400 && use) {
      const meter = createUsageMeter(headers["content-type"] ?? "", requestBytes);
      incoming.on("data", (chunk: Buffer) => meter.see(chunk));
      incoming.once("close", () => use(meter.usage()));
    }
    // An end that either side did not mean is an end for the other one, too.
    pipeline(incoming, res, () => undefined);
  }

  return {
    handleRequest(req, res) {
      answer(req, res).catch((error: unknown) => {
        onError(error);
        if (res.headersSent) res.destroy();
        else refuse(res, "unavailable");
      });
    },
    close() {
      for (const outgoing of underWay) outgoing.destroy();
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function rulesOf(
  admission: Exclude<Admission, { status: "refused" }>,
): Pick<RequestRules, "api" | "modelId" | "counted"> {
  if (admission.status === "told") return { modelId: null, counted: false };
  const { upstream, userId } = admission;
  return { api: upstream.api, modelId: upstream.modelId, counted: userId !== null };
}

function refuse(res: ServerResponse, refusal: RelayRefusal): void {
  const { status, headers, body } = refusalAnswer(refusal);
  // The body of the refused request is not read: the connection cannot be used again.
  res.writeHead(status, { ...headers, connection: "close" }).end(body);
}

/** Where OpenAI's clients put it, or Anthropic's. */
function keyIn({ headers }: IncomingMessage): string {
  const own = headers["x-api-key"];
  if (typeof own === "string") return own;
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}

function headersFor(
  { headers }: IncomingMessage,
  { body }: RelayedRequest,
  { api, apiKey }: RelayUpstream,
): Record<string, string | number> {
  const kept = REQUEST_HEADERS.flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return {
    ...Object.fromEntries(kept),
    // A compressed answer could not be counted as it goes by.
    "accept-encoding": "identity",
    ...(body === null ? {} : { "content-length": body.byteLength }),
    ...keyHeader(api, apiKey),
  };
}

function keyHeader(api: RelayUpstream["api"], apiKey: string | null): Record<string, string> {
  if (apiKey === null) return {};
  return api === "anthropic" ? { "x-api-key": apiKey } : { authorization: `Bearer ${apiKey}` };
}
