import type { IncomingMessage } from "node:http";
import type { RelayRefusal } from "./relay-refusal.ts";

/** Where questions go whose answers cost tokens, behind the version segment. */
export type RelayedPath = "/chat/completions" | "/responses" | "/messages";

/** A request as the provider gets it. */
export interface RelayedRequest {
  readonly method: "GET" | "POST";
  /** Behind the version segment. */
  readonly path: string;
  readonly body: Buffer | null;
  /** What it costs tokens to ask; null when its answer costs none. */
  readonly costs: { readonly path: RelayedPath; readonly stream: boolean } | null;
}

interface Served {
  readonly method: "GET" | "POST";
  readonly costs: RelayedPath | null;
}

/** With the operator's key nothing is reached that is not counted: no files, no batches, no account. */
const SERVED: Readonly<Record<string, Served>> = {
  "/models": { method: "GET", costs: null },
  "/chat/completions": { method: "POST", costs: "/chat/completions" },
  "/responses": { method: "POST", costs: "/responses" },
  "/messages": { method: "POST", costs: "/messages" },
  "/messages/count_tokens": { method: "POST", costs: null },
};

/** Reads a gateway's request and makes it one that can be counted. */
export async function readRequest(
  req: IncomingMessage,
  modelId: string,
  maxBytes: number,
): Promise<RelayedRequest | { readonly refusal: RelayRefusal }> {
  const [target = ""] = (req.url ?? "").split("?");
  const path = target.startsWith("/v1/") ? target.slice("/v1".length) : "";
  const served = Object.hasOwn(SERVED, path) ? SERVED[path] : undefined;
  if (served === undefined || served.method !== req.method) return { refusal: "not-served" };
  const { method, costs } = served;
  if (method === "GET") return { method, path, body: null, costs: null };
  const body = await readBody(req, maxBytes);
  if (body === null) return { refusal: "too-large" };
  const question = parseQuestion(body);
  if (question === null) return { refusal: "not-understood" };
  if (question["model"] !== modelId) return { refusal: "other-model" };
  return {
    method,
    path,
    body: costs === "/chat/completions" ? withUsage(question, body) : body,
    costs: costs === null ? null : { path: costs, stream: question["stream"] === true },
  };
}

/** Only when asked does this interface of OpenAI's end a stream with what was used. */
function withUsage(question: Record<string, unknown>, body: Buffer): Buffer {
  const { stream, stream_options: options } = question;
  if (stream !== true) return body;
  const given = typeof options === "object" && options !== null ? options : {};
  if ("include_usage" in given && given.include_usage === true) return body;
  return Buffer.from(JSON.stringify({ ...question, stream_options: { ...given, include_usage: true } }));
}

function parseQuestion(body: Buffer): Record<string, unknown> | null {
  try {
    const question: unknown = JSON.parse(body.toString("utf8"));
    return isRecord(question) ? question : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left open, so that the refusal can be answered.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}
