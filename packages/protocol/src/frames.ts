/** A call from the client. The object is closed: a gateway refuses any further key. */
export type RequestFrame = { type: "req"; id: string; method: string; params?: unknown };

/** The error of a refused request, the same shape on both versions. */
export type GatewayErrorShape = {
  code: string;
  message: string;
  details?: unknown;
  retryable?: boolean;
  /** Milliseconds. */
  retryAfterMs?: number;
};

/** An answer. One request can get several with the same id (`agent` answers "accepted" first). */
export type ResponseFrame =
  | { type: "res"; id: string; ok: true; payload: unknown }
  | { type: "res"; id: string; ok: false; error: GatewayErrorShape };

/** A push from the gateway. `seq` counts per connection on version 4 and per gateway on version 3. */
export type EventFrame = {
  type: "event";
  event: string;
  payload: unknown;
  seq?: number;
};

/** Any frame that a gateway sends. */
export type GatewayFrame = ResponseFrame | EventFrame;

/** What {@link parseFrame} answers. */
export type ParsedFrame =
  | { kind: "response"; frame: ResponseFrame }
  | { kind: "event"; frame: EventFrame }
  | { kind: "request"; frame: RequestFrame }
  | { kind: "invalid"; reason: string };

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function invalid(reason: string): ParsedFrame {
  return { kind: "invalid", reason };
}

/**
 * Reads an error object. A refusal without a readable error still is a refusal, so this always answers one:
 * `UNKNOWN` when the gateway gave no code. `retryAfterMs` is in milliseconds.
 *
 * @see `ErrorShape` of the official schemas
 *
 * @example
 * ```ts
 * import { readGatewayError } from "@automna/protocol";
 *
 * readGatewayError({ code: "UNAVAILABLE", message: "gateway starting", retryAfterMs: 500 }).retryAfterMs; // 500
 * readGatewayError(undefined).code; // "UNKNOWN"
 * ```
 */
export function readGatewayError(value: unknown): GatewayErrorShape {
  const source = isRecord(value) ? value : {};
  return {
    code: isName(source["code"]) ? source["code"] : "UNKNOWN",
    message: isName(source["message"])
      ? source["message"]
      : "The gateway refused the request without a reason.",
    ...(source["details"] !== undefined && { details: source["details"] }),
    ...(typeof source["retryable"] === "boolean" && { retryable: source["retryable"] }),
    ...(typeof source["retryAfterMs"] === "number" && { retryAfterMs: source["retryAfterMs"] }),
  };
}

function readResponse(source: Record<string, unknown>): ParsedFrame {
  const { id, ok } = source;
  // An empty id is what a gateway answers to a request with an empty id.
  if (typeof id !== "string") return invalid("response without id");
  if (ok === true) return { kind: "response", frame: { type: "res", id, ok, payload: source["payload"] } };
  if (ok !== false) return invalid("response without ok");
  return { kind: "response", frame: { type: "res", id, ok, error: readGatewayError(source["error"]) } };
}

function readEvent(source: Record<string, unknown>): ParsedFrame {
  const { event, payload, seq } = source;
  if (!isName(event)) return invalid("event without name");
  return {
    kind: "event",
    frame: { type: "event", event, payload, ...(typeof seq === "number" && { seq }) },
  };
}

function readRequest(source: Record<string, unknown>): ParsedFrame {
  const { id, method, params } = source;
  if (!isName(id)) return invalid("request without id");
  if (!isName(method)) return invalid("request without method");
  return { kind: "request", frame: { type: "req", id, method, ...(params !== undefined && { params }) } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readGatewayFrame(value: unknown): ParsedFrame {
  if (!isRecord(value)) return invalid("frame is not an object");
  switch (value["type"]) {
    case "res":
      return readResponse(value);
    case "event":
      return readEvent(value);
    default:
      return invalid("unknown frame type");
  }
}

/**
 * Reads a frame that is already JSON (a test double, a capture). See {@link parseFrame}. Never throws.
 *
 * @example
 * ```ts
 * import { readFrame } from "@automna/protocol";
 *
 * readFrame({ type: "event", event: "tick", payload: { ts: 1 }, seq: 7 }).kind; // "event"
 * readFrame({ type: "hello" }); // { kind: "invalid", reason: "unknown frame type" }
 * ```
 */
export function readFrame(value: unknown): ParsedFrame {
  return isRecord(value) && value["type"] === "req" ? readRequest(value) : readGatewayFrame(value);
}

/**
 * As {@link parseFrame}, for who only listens: a request, which no gateway sends, is no frame to it. Never throws.
 *
 * @example
 * ```ts
 * import { parseGatewayFrame } from "@automna/protocol";
 *
 * parseGatewayFrame('{"type":"event","event":"tick","payload":{"ts":1}}').kind; // "event"
 * parseGatewayFrame('{"type":"req","id":"1","method":"health"}').kind; // "invalid"
 * ```
 */
export function parseGatewayFrame(text: string): ParsedFrame {
  const value = parseJson(text);
  return value === undefined ? invalid("frame is not JSON") : readGatewayFrame(value);
}

/**
 * Reads one text frame. Never throws; unknown keys are ignored, so that a newer gateway stays readable.
 *
 * @see `GatewayFrame` of the official schemas
 *
 * @example
 * ```ts
 * import { parseFrame } from "@automna/protocol";
 *
 * const parsed = parseFrame('{"type":"event","event":"tick","payload":{"ts":1}}');
 * if (parsed.kind === "event") parsed.frame.event; // "tick"
 * ```
 */
export function parseFrame(text: string): ParsedFrame {
  const value = parseJson(text);
  return value === undefined ? invalid("frame is not JSON") : readFrame(value);
}

const TOKEN_HEAD = /^\{"type":"event","event":"agent","payload":\{"runId":"[^"\\]*","stream":"assistant",/;
/** No brace but the last one follows, so that the number is the frame's own. */
const TOKEN_TAIL = /\},"seq":(\d+)[^{}]*\}$/;

/**
 * The number of an `agent` event that brings a token of a reply, of which nothing else is read; `undefined` for any other
 * frame, also for one in another order of keys. It carries the whole text so far, and `chat` events say the same: to read
 * it takes the longer the longer the reply is.
 *
 * @example
 * ```ts
 * import { readTokenSeq } from "@automna/protocol";
 *
 * const data = '"data":{"text":"Hel","delta":"l"}';
 * const text = `{"type":"event","event":"agent","payload":{"runId":"r1","stream":"assistant",${data}},"seq":7}`;
 * readTokenSeq(text); // 7
 * readTokenSeq('{"type":"event","event":"tick","payload":{"ts":1},"seq":8}'); // undefined
 * ```
 */
export function readTokenSeq(text: string): number | undefined {
  const seq = TOKEN_HEAD.test(text) ? TOKEN_TAIL.exec(text.slice(-200)) : null;
  return seq ? Number(seq[1]) : undefined;
}

/**
 * Builds a request frame; without `params` the key is left out.
 *
 * @param id - not empty, and yours to choose: the answer repeats it
 * @see `RequestFrame` of the official schemas
 *
 * @example
 * ```ts
 * import { chatAbort, requestFrame } from "@automna/protocol";
 *
 * const { method, params } = chatAbort("agent:main:main");
 * requestFrame("r7", method, params).params; // { sessionKey: "agent:main:main" }
 * ```
 */
export function requestFrame(id: string, method: string, params?: unknown): RequestFrame {
  return params === undefined ? { type: "req", id, method } : { type: "req", id, method, params };
}

/**
 * The text of a request frame, ready for the socket. The parameters are those of {@link requestFrame}.
 *
 * @throws TypeError when `params` cannot be written as JSON: a cycle, a `bigint`
 *
 * @example
 * ```ts
 * import { encodeRequest, modelsList } from "@automna/protocol";
 *
 * const { method, params } = modelsList();
 * encodeRequest("r1", method, params); // '{"type":"req","id":"r1","method":"models.list","params":{}}'
 * ```
 */
export function encodeRequest(id: string, method: string, params?: unknown): string {
  return JSON.stringify(requestFrame(id, method, params));
}

/**
 * Bytes that a frame takes on the wire (UTF-8), to compare with `hello.policy.maxPayload` before sending: a larger one
 * closes the connection with 1009.
 *
 * @example
 * ```ts
 * import { chatSend, encodeRequest, frameBytes } from "@automna/protocol";
 *
 * frameBytes("né"); // 3
 * const { method, params } = chatSend(3, { sessionKey: "agent:main:main", message: "Hi", idempotencyKey: "k1" });
 * frameBytes(encodeRequest("r1", method, params)) < 512 * 1024; // true
 * ```
 */
export function frameBytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
