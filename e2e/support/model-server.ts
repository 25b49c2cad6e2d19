import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { errorStatusOf, readTurn, stepsOf, textOfSteps } from "./model-script.ts";
import type { Step, Turn } from "./model-script.ts";

/** One request that the model server answered, or is answering. */
interface ModelRequest {
  readonly turn: Turn;
  readonly model: string;
  readonly stream: boolean;
  /** The bearer token, so that a test can prove which key reached the model. */
  readonly apiKey: string | null;
  readonly toolNames: readonly string[];
  /** Counts from 1. */
  readonly number: number;
  /** `open` until the last byte; `closed` when the gateway hung up first. */
  outcome: "open" | "answered" | "closed";
}

export interface ModelServer {
  /** The OpenAI-compatible base, ending in `/v1`. */
  readonly baseUrl: string;
  /** In order of arrival. */
  readonly requests: readonly ModelRequest[];
  /** Resolves with the first request, also an earlier one, whose turn satisfies `matches`. */
  request(matches: (turn: Turn) => boolean): Promise<ModelRequest>;
  /** Answers to messages with this text in them are no longer held in their middle. */
  letGo(text: string): void;
  stop(): Promise<void>;
}

/** A deterministic model on loopback, scripted by the user's message: see `model-script.ts`. */
export async function startModelServer(options: { port?: number; host?: string } = {}): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  let count = 0;
  const waiting = new Set<(request: ModelRequest) => void>();
  const free: string[] = [];
  const held = new Map<ModelRequest, () => void>();
  const isFree = ({ turn }: ModelRequest) => free.some((text) => turn.userText.includes(text));
  const letGo = (text: string) => {
    free.push(text);
    for (const [request, goOn] of held) if (isFree(request)) goOn();
  };
  const server = createServer((incoming, response) => {
    const record = (request: ModelRequest) => {
      requests.push(request);
      for (const notice of waiting) notice(request);
    };
    const isLetGo = (request: ModelRequest) =>
      new Promise<void>((resolve) => {
        if (isFree(request)) resolve();
        else held.set(request, resolve);
      });
    serve(incoming, response, { nextNumber: () => ++count, record, isLetGo, letGo }).catch(
      (error: unknown) => {
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { error: { message: String(error), type: "model_script_error" } });
      },
    );
  });
  server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://${options.host ?? "127.0.0.1"}:${portOf(server)}/v1`,
    requests,
    request: (matches) =>
      new Promise((resolve) => {
        const known = requests.find(({ turn }) => matches(turn));
        if (known) return resolve(known);
        const notice = (request: ModelRequest) => {
          if (!matches(request.turn)) return;
          waiting.delete(notice);
          resolve(request);
        };
        waiting.add(notice);
      }),
    letGo,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The model server has no TCP port.");
  return address.port;
}

interface Service {
  readonly nextNumber: () => number;
  readonly record: (request: ModelRequest) => void;
  /** Resolves once a held answer may go on. */
  readonly isLetGo: (request: ModelRequest) => Promise<void>;
  readonly letGo: (text: string) => void;
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  { nextNumber, record, isLetGo, letGo }: Service,
): Promise<void> {
  const path = (incoming.url ?? "/").split("?")[0];
  if (path === "/v1/models") {
    return sendJson(response, 200, {
      object: "list",
      data: [{ id: MODEL_ID, object: "model", owned_by: "test" }],
    });
  }
  // By a test in another process.
  if (path === "/let-go" && incoming.method === "POST") {
    letGo(await readText(incoming));
    return sendJson(response, 200, {});
  }
  if (path !== "/v1/chat/completions" || incoming.method !== "POST") {
    return sendJson(response, 404, { error: { message: `no such endpoint: ${path}` } });
  }
  const body = parseBody(await readText(incoming));
  const request: ModelRequest = {
    turn: readTurn(body.messages),
    model: body.model,
    stream: body.stream,
    apiKey: incoming.headers.authorization?.replace(/^Bearer /i, "") ?? null,
    toolNames: body.toolNames,
    number: nextNumber(),
    outcome: "open",
  };
  response.once("close", () => {
    request.outcome = response.writableFinished ? "answered" : "closed";
  });
  record(request);
  await answer(request, response, isLetGo);
}

/** The one model that this server lists. Any other name is answered too. */
export const MODEL_ID = "scripted-1";

async function answer(
  request: ModelRequest,
  response: ServerResponse,
  isLetGo: Service["isLetGo"],
): Promise<void> {
  const status = errorStatusOf(request.turn);
  if (status !== null) {
    return sendJson(response, status, {
      error: { message: `scripted failure ${status}`, type: "scripted_failure" },
    });
  }
  const steps = stepsOf(request.turn);
  if (request.stream) return streamAnswer(request, steps, response, isLetGo);
  const call = steps.find((step) => step.kind === "tool-call");
  sendJson(response, 200, {
    ...envelope(request, "chat.completion"),
    choices: [
      {
        index: 0,
        finish_reason: call ? "tool_calls" : "stop",
        message: {
          role: "assistant",
          content: textOfSteps(steps),
          ...(call ? { tool_calls: [toolCallOf(request, call)] } : {}),
        },
      },
    ],
    usage: usageOf(steps),
  });
}

async function streamAnswer(
  request: ModelRequest,
  steps: readonly Step[],
  response: ServerResponse,
  isLetGo: Service["isLetGo"],
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const send = (payload: object) => response.write(`data: ${JSON.stringify(payload)}\n\n`);
  const chunk = (delta: object, finishReason: string | null = null) =>
    send({
      ...envelope(request, "chat.completion.chunk"),
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  chunk({ role: "assistant", content: "" });
  let finishReason = "stop";
  for (const step of steps) {
    if (gone.signal.aborted) return;
    switch (step.kind) {
      case "text":
        chunk({ content: step.text });
        break;
      case "reasoning":
        chunk({ reasoning_content: step.text });
        break;
      case "wait":
        await delay(step.ms, undefined, { signal: gone.signal }).catch(() => undefined);
        break;
      case "held":
        await Promise.race([isLetGo(request), aborted(gone.signal)]);
        break;
      case "tool-call":
        finishReason = "tool_calls";
        chunk({ tool_calls: [{ index: 0, ...toolCallOf(request, step) }] });
        break;
      case "cut":
        response.destroy();
        return;
      case "hang":
        await once(response, "close");
        return;
    }
  }
  chunk({}, finishReason);
  send({ ...envelope(request, "chat.completion.chunk"), choices: [], usage: usageOf(steps) });
  response.end("data: [DONE]\n\n");
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

function envelope(request: ModelRequest, object: string): object {
  return { id: `scripted-${request.number}`, object, created: 0, model: request.model };
}

function toolCallOf(request: ModelRequest, step: Extract<Step, { kind: "tool-call" }>): object {
  return {
    id: `call_${request.number}`,
    type: "function",
    function: { name: step.name, arguments: step.arguments },
  };
}

function usageOf(steps: readonly Step[]): object {
  const completion = Math.max(1, Math.ceil(textOfSteps(steps).length / 4));
  return { prompt_tokens: 10, completion_tokens: completion, total_tokens: 10 + completion };
}

interface ChatBody {
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly { role: string; content: unknown }[];
  readonly toolNames: readonly string[];
}

function parseBody(text: string): ChatBody {
  const body: unknown = JSON.parse(text);
  if (!isRecord(body) || !Array.isArray(body["messages"])) throw new Error("The request has no messages.");
  const tools = Array.isArray(body["tools"]) ? body["tools"].filter(isRecord) : [];
  return {
    model: String(body["model"]),
    stream: body["stream"] === true,
    messages: body["messages"].filter(isRecord).map(({ role, content }) => ({ role: String(role), content })),
    toolNames: tools.map((tool) => (isRecord(tool["function"]) ? String(tool["function"]["name"]) : "")),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(response: ServerResponse, status: number, payload: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(payload));
}

if (import.meta.main) {
  const { PORT = "0", HOST = "127.0.0.1" } = process.env;
  const server = await startModelServer({ port: Number(PORT), host: HOST });
  process.stdout.write(`${server.baseUrl}\n`);
  process.once("SIGTERM", () => void server.stop());
  process.once("SIGINT", () => void server.stop());
}
