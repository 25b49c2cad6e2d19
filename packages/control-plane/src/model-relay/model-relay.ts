import { Agent as PlainAgent, request as plainRequest } from "node:http";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { pipeline } from "node:stream";
import { type RelayAccount, type RelayedRequest, readRequest, targetOf } from "./relayed-request.ts";
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
  /** Largest question, in bytes. Default 64 MB. */
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

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const target = targetOf(req);
    if (target === null) return refuse(res, "not-served");
    const admission = await options.admit(keyIn(req), target.account);
    if (admission.status === "refused") return refuse(res, admission.refusal);
    if (admission.status === "told") {
      const read = await readRequest(req, target, { modelId: null, counted: false, maxBytes });
      return "refusal" in read ? refuse(res, read.refusal) : tell(read, res, admission.notice);
    }
    const { userId, upstream } = admission;
    const { api, modelId } = upstream;
    const read = await readRequest(req, target, { api, modelId, counted: userId !== null, maxBytes });
    if ("refusal" in read) return refuse(res, read.refusal);
    if (!res.destroyed) ask(read, req, res, admission);
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
  ): void {
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
      if (!answered && !res.writableFinished)
        use?.({ input: reckoned(asked.body?.byteLength ?? 0), output: 0 });
      outgoing.destroy();
    });
    outgoing.once("close", () => underWay.delete(outgoing));
    outgoing.once("error", (error) => {
      if (res.destroyed) return;
      onError(error);
      if (res.headersSent) res.destroy();
      else refuse(res, "provider-unreachable");
    });
    outgoing.once("response", (incoming) => {
      answered = true;
      passOn(incoming, res, asked.body?.byteLength ?? 0, use);
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

function refuse(res: ServerResponse, refusal: RelayRefusal): void {
  const { status, body } = refusalAnswer(refusal);
  // The body of the refused request is not read: the connection cannot be used again.
  res.writeHead(status, { "content-type": "application/json", connection: "close" }).end(body);
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
