import type { IncomingMessage } from "node:http";
import type { HeldQuestion } from "./held-questions.ts";
import type { RelayRefusal } from "./relay-refusal.ts";

/** Whose key is asked with. It follows from the address at which an agent asks. */
export type RelayAccount = "operator" | "own";

/** What an agent's address says, before anybody looked at whose agent it is. */
export interface RelayTarget {
  readonly account: RelayAccount;
  /** Behind the version segment. */
  readonly path: string;
}

/** Where agents find each account, up to and including the version segment. */
export const RELAY_BASES: Readonly<Record<RelayAccount, string>> = { operator: "/v1", own: "/own/v1" };

/** `null` for an address of neither account. */
export function targetOf({ url = "" }: IncomingMessage): RelayTarget | null {
  const [address = ""] = url.split("?");
  for (const account of ["operator", "own"] as const) {
    const base = RELAY_BASES[account];
    if (address.startsWith(`${base}/`)) return { account, path: address.slice(base.length) };
  }
  return null;
}

/** Where questions go whose answers cost tokens, behind the version segment. */
export type RelayedPath = "/chat/completions" | "/responses" | "/messages";

/** A request as the provider gets it. */
export interface RelayedRequest {
  readonly method: "GET" | "POST";
  /** Behind the version segment. */
  readonly path: string;
  readonly body: Buffer | null;
  /** What it costs tokens to ask; null when its answer costs none. */
  readonly costs: { readonly path: RelayedPath; readonly model: string; readonly stream: boolean } | null;
}

interface Served {
  readonly method: "GET" | "POST";
  readonly costs: RelayedPath | null;
  /** Whose interface it is; absent for one that all have. */
  readonly api?: "openai" | "anthropic";
}

/** No key reaches anything but models: no files, no batches, no account. */
const SERVED: Readonly<Record<string, Served>> = {
  "/models": { method: "GET", costs: null },
  "/chat/completions": { method: "POST", costs: "/chat/completions", api: "openai" },
  "/responses": { method: "POST", costs: "/responses", api: "openai" },
  "/messages": { method: "POST", costs: "/messages", api: "anthropic" },
  "/messages/count_tokens": { method: "POST", costs: null, api: "anthropic" },
};

/** What a request has to be to pass. */
export interface RequestRules {
  /** Of the provider that will be asked; absent when nobody will be. */
  readonly api?: "openai" | "anthropic";
  /** The one model that may be asked for; `null`: any. */
  readonly modelId: string | null;
  readonly counted: boolean;
  readonly maxBytes: number;
  /** Where its bytes are counted. */
  readonly held: HeldQuestion;
}

/** Reads a gateway's request, and makes it one that can be counted where it has to be. */
export async function readRequest(
  req: IncomingMessage,
  { path }: RelayTarget,
  { api, modelId, counted, maxBytes, held }: RequestRules,
): Promise<RelayedRequest | { readonly refusal: RelayRefusal }> {
  const served = Object.hasOwn(SERVED, path) ? SERVED[path] : undefined;
  if (served === undefined || served.method !== req.method) return { refusal: "not-served" };
  if (api && served.api && served.api !== api) return { refusal: "other-provider" };
  const { method, costs } = served;
  if (method === "GET") return { method, path, body: null, costs: null };
  const body = await readBody(req, maxBytes, held);
  if (typeof body === "string") return { refusal: body };
  const question = parseQuestion(body);
  if (question === null) return { refusal: "not-understood" };
  const { model, stream } = question;
  if (typeof model !== "string") return { refusal: "not-understood" };
  if (modelId !== null && model !== modelId) return { refusal: "other-model" };
  return {
    method,
    path,
    body: counted && costs === "/chat/completions" ? withUsage(question, body) : body,
    costs: costs === null ? null : { path: costs, model, stream: stream === true },
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

/** There is room for what was announced before any of it is read. */
async function readBody(
  req: IncomingMessage,
  maxBytes: number,
  held: HeldQuestion,
): Promise<Buffer | RelayRefusal> {
  let room = Number(req.headers["content-length"] ?? 0);
  if (room > maxBytes) return "too-large";
  let refusal = held.hold(room);
  if (refusal) return refusal;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left open, so that the refusal can be answered.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes > maxBytes) return "too-large";
    if (bytes > room) {
      refusal = held.hold(bytes - room);
      if (refusal) return refusal;
      room = bytes;
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}
