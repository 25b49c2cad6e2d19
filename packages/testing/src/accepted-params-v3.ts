import { anything, bool, closed, integer, listOf, orNull, text, word } from "./param-shapes.ts";
import type { Shape } from "./param-shapes.ts";

const key = word;
const agentId = word;
const nullableWord = orNull(word);

/** The params of version 3, by method. */
export const PARAMS_V3: Readonly<Record<string, Shape>> = {
  "chat.send": closed(
    {
      sessionKey: word,
      message: word,
      thinking: text,
      deliver: bool,
      attachments: listOf(anything),
      timeoutMs: integer(0),
      idempotencyKey: word,
    },
    ["sessionKey", "message", "idempotencyKey"],
  ),
  "chat.history": closed({ sessionKey: word, limit: integer(1, 1000) }, ["sessionKey"]),
  "chat.abort": closed({ sessionKey: word, runId: word }, ["sessionKey"]),
  "chat.inject": closed({ sessionKey: word, message: word, label: { kind: "string", min: 0, max: 100 } }, [
    "sessionKey",
    "message",
  ]),
  "sessions.list": closed({
    limit: integer(1),
    activeMinutes: integer(1),
    includeGlobal: bool,
    includeUnknown: bool,
    includeDerivedTitles: bool,
    includeLastMessage: bool,
    label: word,
    spawnedBy: word,
    agentId,
    search: text,
  }),
  "sessions.preview": closed({ keys: listOf(word), limit: integer(1), maxChars: integer(20) }, ["keys"]),
  "sessions.resolve": closed({
    key,
    sessionId: word,
    label: word,
    agentId,
    spawnedBy: word,
    includeGlobal: bool,
    includeUnknown: bool,
  }),
  "sessions.patch": closed(
    {
      key,
      label: nullableWord,
      thinkingLevel: nullableWord,
      verboseLevel: nullableWord,
      reasoningLevel: nullableWord,
      responseUsage: nullableWord,
      elevatedLevel: nullableWord,
      execHost: nullableWord,
      execSecurity: nullableWord,
      execAsk: nullableWord,
      execNode: nullableWord,
      model: nullableWord,
      spawnedBy: nullableWord,
      sendPolicy: nullableWord,
      groupActivation: nullableWord,
    },
    ["key"],
  ),
  "sessions.reset": closed({ key }, ["key"]),
  "sessions.delete": closed({ key, deleteTranscript: bool }, ["key"]),
  "sessions.compact": closed({ key, maxLines: integer(1) }, ["key"]),
  "models.list": closed({}),
  "agents.list": closed({}),
  "agent.identity.get": closed({ agentId, sessionKey: text }),
  "agent.wait": closed({ runId: word, timeoutMs: integer(0) }, ["runId"]),
  "device.pair.list": closed({}),
  "device.pair.approve": closed({ requestId: word }, ["requestId"]),
  "device.pair.reject": closed({ requestId: word }, ["requestId"]),
  "exec.approval.resolve": closed({ id: word, decision: word }, ["id", "decision"]),
};
