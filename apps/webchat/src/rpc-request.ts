import type { Attachment } from "@automna/client";

import type { Refusal } from "./access.ts";
import { ATTACHMENT_BYTES } from "./hello.ts";
import { readSessionKey } from "./scope.ts";

/** What `POST /webchat/rpc` asks for. */
export interface RpcRequest {
  readonly text: string;
  readonly session: string;
  readonly thinking?: string;
  /** Also send the answer to the session's channel, or to `to`. */
  readonly deliver?: boolean;
  /** Whom the answer is delivered to. */
  readonly to?: string;
  readonly attachments: readonly Attachment[];
  /** Names the message: two requests with one key are one message. */
  readonly idempotencyKey?: string;
}

const FIELDS: ReadonlySet<string> = new Set([
  "text",
  "session",
  "thinking",
  "deliver",
  "to",
  "attachments",
  "idempotencyKey",
]);

/** A request that cannot be answered as it is. */
class BadRequest extends Error {}

function fail(message: string): never {
  throw new BadRequest(message);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function optionalText(body: Record<string, unknown>, name: string, max: number): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" || value === "" || value.length > max) {
    fail(`"${name}" must be a text of 1 to ${max} characters.`);
  }
  return value;
}

function readAttachment(value: unknown, index: number): Attachment {
  const name = `attachments[${index}]`;
  if (!isRecord(value)) return fail(`"${name}" must be an object with mimeType and content.`);
  const { mimeType, fileName, content } = value;
  if (typeof mimeType !== "string" || !/^[\w.+-]+\/[\w.+-]+$/.test(mimeType)) {
    fail(`"${name}.mimeType" must be a media type such as image/png.`);
  }
  if (typeof content !== "string") return fail(`"${name}.content" must be base64.`);
  const base64 = content.replace(/^data:[^,]*;base64,/, "");
  if (base64 === "" || base64.length % 4 !== 0 || !/^[a-z0-9+/]+={0,2}$/i.test(base64)) {
    fail(`"${name}.content" must be base64, with or without a data: prefix.`);
  }
  return {
    mimeType,
    fileName: typeof fileName === "string" && fileName !== "" ? fileName : `file-${index + 1}`,
    content: base64,
    size: Buffer.byteLength(base64, "base64"),
  };
}

function readAttachments(value: unknown): Attachment[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return fail(`"attachments" must be a list.`);
  return value.map(readAttachment);
}

function read(body: unknown): RpcRequest {
  if (!isRecord(body)) return fail("The body must be a JSON object.");
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return fail(`"${unknown}" is not a field: there are ${[...FIELDS].join(", ")}.`);
  const { deliver } = body;
  const attachments = readAttachments(body["attachments"]);
  const text = body["text"];
  const isEmpty = typeof text !== "string" || text.trim() === "";
  if (typeof text !== "string" || (isEmpty && attachments.length === 0)) {
    return fail(`"text" must be the message; it may be empty only beside attachments.`);
  }
  const session = body["session"] === undefined ? "main" : readSessionKey(body["session"]);
  if (session === null) return fail(`"session" must be a session key such as "main".`);
  if (deliver !== undefined && typeof deliver !== "boolean") return fail(`"deliver" must be true or false.`);
  const thinking = optionalText(body, "thinking", 40);
  const to = optionalText(body, "to", 200);
  const idempotencyKey = optionalText(body, "idempotencyKey", 200);
  if (to !== undefined && deliver !== true) return fail(`"to" needs "deliver": true.`);
  return {
    text,
    session,
    attachments,
    ...(thinking !== undefined && { thinking }),
    ...(deliver !== undefined && { deliver }),
    ...(to !== undefined && { to }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** Reads the body of a call, or says what is wrong with it. */
export function readRpcRequest(body: unknown): RpcRequest | Refusal {
  try {
    const request = read(body);
    const bytes = request.attachments.reduce((sum, { size }) => sum + size, 0);
    if (bytes <= ATTACHMENT_BYTES) return request;
    const limit = `${ATTACHMENT_BYTES / 1024 / 1024} MB`;
    return {
      status: 413,
      code: "attachments-too-large",
      message: `The attachments of one message may be ${limit} together. Send less, or in several messages.`,
    };
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return { status: 400, code: "bad-request", message: error.message };
  }
}
