import {
  parseAbortAnswer,
  parseAgentIdentity,
  parseAgents,
  parseFrame,
  parseHealth,
  parseHello,
  parseHistory,
  parseHistoryCatchUp,
  parseModels,
  parseResolvedSession,
  parseSendAnswer,
  parseSessionChange,
  parseSessionList,
  parseSessionPreviews,
  parseUsageCost,
  readGatewayEvent,
  type EventFrame,
  type GatewayErrorShape,
  type GatewayEvent,
  type Parsed,
  type ProtocolVersion,
  type ResponseFrame,
} from "../src/index.ts";

/** One line of a capture. */
export type RecordedLine = {
  conn?: string;
  dir: string;
  frame?: unknown;
  code?: number;
  reason?: string;
};

/** What became of one recorded frame. */
export type ReadFrame =
  | { kind: "sent" }
  | { kind: "event"; frame: EventFrame; event: GatewayEvent }
  | { kind: "answer"; method: string; frame: ResponseFrame; payload: Parsed<unknown> | null }
  /** The recorder cut the payload, so only the envelope can be read. */
  | { kind: "cut" }
  | { kind: "failed"; reason: string };

/** A `connect` that was refused, or a socket that closed, as a client saw it. */
export type RecordedClose = {
  version: ProtocolVersion;
  handshake: boolean;
  error?: GatewayErrorShape;
  close: { code: number; reason: string };
};

function parseAnyHistory(payload: unknown): Parsed<unknown> {
  const isCatchUp = typeof payload === "object" && payload !== null && "kind" in payload;
  return isCatchUp ? parseHistoryCatchUp(payload) : parseHistory(payload);
}

const ANSWERS: Readonly<Record<string, (payload: unknown) => Parsed<unknown>>> = {
  connect: parseHello,
  "chat.history": parseAnyHistory,
  "chat.send": parseSendAnswer,
  "chat.abort": parseAbortAnswer,
  "sessions.list": parseSessionList,
  "sessions.preview": parseSessionPreviews,
  "sessions.patch": parseSessionChange,
  "sessions.reset": parseSessionChange,
  "sessions.create": parseSessionChange,
  "sessions.delete": parseSessionChange,
  "sessions.compact": parseSessionChange,
  "sessions.resolve": parseResolvedSession,
  "models.list": parseModels,
  "agents.list": parseAgents,
  "agent.identity.get": parseAgentIdentity,
  "usage.cost": parseUsageCost,
  health: parseHealth,
};

/** The recorder replaced long values by their beginning: `<2988 bytes: ...>`. */
function isCut(value: unknown): boolean {
  return typeof value === "string" && /^<\d+ bytes: /.test(value);
}

export function parseCapture(jsonl: string): RecordedLine[] {
  return jsonl
    .split("\n")
    .filter((line) => line !== "")
    .map((line): RecordedLine => JSON.parse(line));
}

export function versionOf(fileName: string): ProtocolVersion {
  return fileName.startsWith("clawdbot") ? 3 : 4;
}

function connection(line: RecordedLine): string {
  return line.conn ?? "";
}

/** Reads the frames of one capture in order. */
export function readCapture(lines: readonly RecordedLine[]): ReadFrame[] {
  const methods = new Map<string, string>();
  return lines.flatMap((line): ReadFrame[] => {
    if (line.frame === undefined || typeof line.frame === "string") return [];
    const parsed = parseFrame(JSON.stringify(line.frame));
    if (parsed.kind === "request") methods.set(`${connection(line)} ${parsed.frame.id}`, parsed.frame.method);
    // Some captures send broken frames on purpose.
    if (line.dir === "out") return [{ kind: "sent" }];
    if (parsed.kind === "invalid") return [{ kind: "failed", reason: parsed.reason }];
    if (parsed.kind === "request") return [{ kind: "failed", reason: "the gateway sent a request" }];
    if (parsed.kind === "event") {
      if (isCut(parsed.frame.payload)) return [{ kind: "cut" }];
      const event = readGatewayEvent(parsed.frame);
      if (event.type === "unreadable") return [{ kind: "failed", reason: `${event.event}: ${event.reason}` }];
      return [{ kind: "event", frame: parsed.frame, event }];
    }
    const { frame } = parsed;
    const method = methods.get(`${connection(line)} ${frame.id}`) ?? "";
    if (!frame.ok) return [{ kind: "answer", method, frame, payload: null }];
    if (isCut(frame.payload)) return [{ kind: "cut" }];
    const payload = ANSWERS[method]?.(frame.payload) ?? null;
    if (payload?.ok === false) return [{ kind: "failed", reason: `${method}: ${payload.reason}` }];
    return [{ kind: "answer", method, frame, payload }];
  });
}

/** Every close in a capture, with the refusal that came before it on the same connection. */
export function closesOf(version: ProtocolVersion, lines: readonly RecordedLine[]): RecordedClose[] {
  const ready = new Set<string>();
  const methods = new Map<string, string>();
  const errors = new Map<string, GatewayErrorShape>();
  return lines.flatMap((line): RecordedClose[] => {
    const conn = connection(line);
    if (line.dir === "open-attempt") {
      ready.delete(conn);
      errors.delete(conn);
    }
    if (line.dir === "close") {
      const error = errors.get(conn);
      const close = { code: line.code ?? 1005, reason: line.reason ?? "" };
      return [{ version, handshake: !ready.has(conn), close, ...(error !== undefined && { error }) }];
    }
    if (line.frame === undefined) return [];
    const parsed = parseFrame(JSON.stringify(line.frame));
    if (parsed.kind === "request") methods.set(`${conn} ${parsed.frame.id}`, parsed.frame.method);
    if (parsed.kind !== "response" || ready.has(conn)) return [];
    if (!parsed.frame.ok) errors.set(conn, parsed.frame.error);
    else if (methods.get(`${conn} ${parsed.frame.id}`) === "connect") ready.add(conn);
    return [];
  });
}
