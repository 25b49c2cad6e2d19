import type { Core } from "./core.ts";
import { objectAt } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Attachment } from "./run-state.ts";
import type { Session, StoredRecord } from "./session.ts";

const ZERO_COST = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
const OWNER = "gateway-owner";
const AVATAR = "/api/users/gateway-owner/avatar?v=1";

/** The sender as version 4 describes it in rows and pending inputs. */
export function senderOf(clientId: string, mode: string): JsonObject {
  return {
    senderIsOwner: true,
    senderId: OWNER,
    senderIdentity: { type: "profile", id: OWNER },
    transport: { clients: [{ id: clientId, mode }] },
    senderProfileAvatarUrl: AVATAR,
  };
}

function usageOf(input: number, output: number): JsonObject {
  return { input, output, cacheRead: 0, cacheWrite: 0, totalTokens: input + output, cost: ZERO_COST };
}

export type NewRecord = Omit<StoredRecord, "rawSeq">;

type UserInput = {
  message: string;
  sendKey: string;
  at: number;
  attachments: readonly Attachment[];
  sender: JsonObject;
  provenance?: JsonObject;
};

export function userRecord(core: Core, input: UserInput): NewRecord {
  const id = core.version === 3 ? core.random.hex(8) : core.random.uuid();
  const base = { id, at: input.at, role: "user", text: input.message, sendKey: input.sendKey };
  if (core.version === 3) {
    const images = input.attachments
      .filter((item) => item.mimeType.startsWith("image/"))
      .map((item): Json => ({ type: "image", data: item.base64, mimeType: item.mimeType }));
    return {
      ...base,
      rows: [
        { role: "user", content: [{ type: "text", text: input.message }, ...images], timestamp: input.at },
      ],
    };
  }
  const idempotencyKey = `${input.sendKey}:user`;
  const row: JsonObject = {
    role: "user",
    content: input.message,
    timestamp: input.at,
    idempotencyKey,
    ...(input.provenance ? { provenance: input.provenance } : {}),
    __openclaw: {
      ...input.sender,
      ...mediaOf(core, input.attachments),
      id,
      idempotencyKey,
      recordTimestampMs: input.at,
    },
  };
  return { ...base, rows: [row] };
}

/** Version 4 keeps attachments as media files and describes them beside the text. */
function mediaOf(core: Core, attachments: readonly Attachment[]): JsonObject {
  if (attachments.length === 0) return {};
  const media = attachments.map((item): Json => {
    const { mimeType, fileName, bytes } = item;
    const id = core.random.uuid();
    if (mimeType.startsWith("image/"))
      return {
        url: `media://inbound/${id}.${mimeType.split("/")[1] ?? "bin"}`,
        contentType: mimeType,
        kind: "image",
        sizeBytes: bytes,
      };
    const dot = fileName?.lastIndexOf(".") ?? -1;
    const [stem, ending] =
      fileName && dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, ""];
    return {
      url: `media://inbound/${stem === undefined ? "" : `${stem}---`}${id}${ending}`,
      contentType: mimeType,
      kind: "document",
      ...(fileName !== undefined && { fileName }),
      sizeBytes: bytes,
      hydrationSuppressed: true,
    };
  });
  const slots = attachments.flatMap((item, factIndex): Json[] =>
    item.mimeType.startsWith("image/") ? [{ kind: "inline", factIndex }] : [],
  );
  return { media, ...(slots.length ? { mediaImageLayout: { slots } } : {}) };
}

type AssistantOutput = {
  runId: string;
  thinking: string;
  text: string;
  toolCalls: readonly { id: string; name: string; args: JsonObject }[];
  stopReason: string;
  errorMessage?: string;
  input: number;
  output: number;
  at: number;
  provider: string;
  model: string;
  call: number;
};

export function assistantRecord(core: Core, out: AssistantOutput): NewRecord {
  const id = core.version === 3 ? core.random.hex(8) : core.random.uuid();
  const thinking: Json[] = out.thinking
    ? [
        {
          type: "thinking",
          thinking: out.thinking,
          ...(core.version === 3 ? { thinkingSignature: "reasoning_content" } : {}),
        },
      ]
    : [];
  const words: Json[] = out.text ? [{ type: "text", text: out.text }] : [];
  const calls = out.toolCalls.map((call): Json => ({
    type: "toolCall",
    id: call.id,
    name: call.name,
    arguments: call.args,
  }));
  const head = {
    api: "openai-completions",
    provider: out.provider,
    model: out.model,
    usage: usageOf(out.input, out.output),
    stopReason: out.stopReason,
    timestamp: out.at,
  };
  const base = { id, at: out.at, role: "assistant", text: out.text, sendKey: undefined };
  if (core.version === 3) {
    const row: JsonObject = {
      role: "assistant",
      content: [...thinking, ...words, ...calls],
      ...head,
      ...(out.errorMessage ? { errorMessage: out.errorMessage } : {}),
    };
    return { ...base, rows: [row] };
  }
  const meta: JsonObject = { runId: out.runId, id, recordTimestampMs: core.clock.now() };
  const main: JsonObject = {
    role: "assistant",
    content: calls.length ? [...thinking, ...calls] : [...thinking, ...words],
    ...head,
    responseId: `fake-${out.call}`,
    __openclaw: meta,
  };
  if (!calls.length || !out.text) return { ...base, rows: [main] };
  const preamble: JsonObject = {
    role: "assistant",
    content: words,
    timestamp: out.at,
    openclawStreamFallback: {
      replacementText: out.text,
      source: "segment",
      itemId: `commentary-0-${core.random.hex(24)}`,
    },
    __openclaw: meta,
  };
  return { ...base, rows: [preamble, main] };
}

type ToolOutput = {
  runId: string;
  toolCallId: string;
  toolName: string;
  text: string;
  isError: boolean;
  details: JsonObject;
  at: number;
};

export function toolResultRecord(core: Core, out: ToolOutput): NewRecord {
  const id = core.version === 3 ? core.random.hex(8) : core.random.uuid();
  const content: Json[] = [{ type: "text", text: out.text }];
  const row: JsonObject = {
    role: "toolResult",
    toolCallId: out.toolCallId,
    toolName: out.toolName,
    content,
    isError: out.isError,
    timestamp: out.at,
  };
  const base = { id, at: out.at, role: "toolResult", text: out.text, sendKey: undefined };
  if (core.version === 3) return { ...base, rows: [{ ...row, details: out.details }] };
  return {
    ...base,
    rows: [{ ...row, __openclaw: { runId: out.runId, id, recordTimestampMs: core.clock.now() } }],
  };
}

/** What the gateway itself says: notes, command answers, kept partial text. */
export function injectedMessage(core: Core, text: string, extra: JsonObject = {}): JsonObject {
  const head = { role: "assistant", content: [{ type: "text", text }], timestamp: core.clock.now() };
  if (core.version === 3)
    return { ...head, stopReason: "injected", usage: { input: 0, output: 0, totalTokens: 0 }, ...extra };
  return {
    ...head,
    stopReason: "stop",
    usage: usageOf(0, 0),
    api: "openai-responses",
    provider: "openclaw",
    model: "gateway-injected",
    ...extra,
  };
}

export function injectedRecord(
  core: Core,
  id: string,
  message: JsonObject,
  text: string,
  meta: JsonObject = {},
): NewRecord {
  const base = { id, at: core.clock.now(), role: "assistant", text, sendKey: undefined };
  if (core.version === 3) return { ...base, rows: [message] };
  const { idempotencyKey } = message;
  return {
    ...base,
    rows: [
      {
        ...message,
        __openclaw: {
          ...meta,
          id,
          ...(idempotencyKey ? { idempotencyKey } : {}),
          recordTimestampMs: core.clock.now(),
        },
      },
    ],
  };
}

/** Version 4 marks a reset with a row. */
export function resetRecord(core: Core): NewRecord {
  const id = core.random.hex(8);
  const row: JsonObject = {
    role: "system",
    content: [{ type: "text", text: "Reset" }],
    timestamp: core.clock.now(),
    __openclaw: { kind: "reset", id },
  };
  return { id, at: core.clock.now(), role: "system", text: "Reset", rows: [row], sendKey: undefined };
}

/** The rows of one record as history shows them; `seq` counts records from 1. */
export function shownRows(core: Core, session: Session, record: StoredRecord, seq: number): JsonObject[] {
  if (core.version === 3) return record.rows;
  return record.rows.map((row) => {
    return {
      ...row,
      __openclaw: {
        ...objectAt(row, "__openclaw"),
        transcriptPosition: { source: session.transcriptSource, rawSeq: record.rawSeq },
        seq,
      },
    };
  });
}
