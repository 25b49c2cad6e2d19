import { defaultModel, modelRef } from "./core.ts";
import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";
import { injectedMessage, injectedRecord, resetRecord, userRecord } from "./rows.ts";
import { rememberEnd, startRun } from "./run.ts";
import { sessionModel } from "./session.ts";
import type { Session } from "./session.ts";
import { store } from "./session-events.ts";

export const THINKING_LEVELS = ["off", "minimal", "low", "medium", "high"];

/** What version 3 asks the model in place of `/new`; it is stored as a row of the person's. */
const GREETING_PROMPT =
  "A new session was started via /new or /reset. Say hi briefly (1-2 sentences) and ask what the user wants to do next. If the runtime model differs from default_model in the system prompt, mention the default model in the greeting. Do not mention internal steps, files, tools, or reasoning.";

type Command = { session: Session; runId: string; message: string; echoKey: string; sender: JsonObject };
type Answer = { text: string; notice?: boolean; contextFree?: boolean };

/** The commands that the gateway answers by itself, as `commands.list` names them. */
export const COMMANDS = [
  { name: "help", description: "Show available commands.", category: "status", acceptsArgs: false },
  { name: "commands", description: "List all slash commands.", category: "status", acceptsArgs: false },
  { name: "status", description: "Show the session's status.", category: "status", acceptsArgs: false },
  { name: "new", description: "Start a new session.", category: "session", acceptsArgs: false },
  { name: "reset", description: "Reset the session.", category: "session", acceptsArgs: false },
  { name: "compact", description: "Compact the session's context.", category: "session", acceptsArgs: true },
  { name: "stop", description: "Stop the running turn.", category: "session", acceptsArgs: false },
  { name: "think", description: "Set the thinking level.", category: "options", acceptsArgs: true },
  { name: "model", description: "Show or set the model.", category: "options", acceptsArgs: true },
  { name: "verbose", description: "Set the verbose level.", category: "options", acceptsArgs: true },
  { name: "reasoning", description: "Set the reasoning visibility.", category: "options", acceptsArgs: true },
];

/** Runs `message` if it is a command that the gateway answers; tells whether it was one. */
export function runCommand(core: Core, command: Command): boolean {
  const match = /^\/([a-z]+)(?:\s+(.*))?$/is.exec(command.message);
  const name = match?.[1]?.toLowerCase();
  if (!name || name === "stop" || !COMMANDS.some((known) => known.name === name)) return false;
  if (core.version === 3 && (name === "new" || name === "reset")) {
    greetAfterReset(core, command);
    return true;
  }
  const reset = name === "new" || name === "reset";
  core.later(core.settings.timing.prepareMs, () => {
    if (reset) resetSession(core, command.session);
    if (name === "compact" && core.version === 4) compact(core, command.session);
    respond(core, command, answerOf(core, command.session, name, match?.[2]?.trim() ?? ""));
  });
  return true;
}

/** Version 4 marks a compaction with a row and no longer knows the token count. */
function compact(core: Core, session: Session): void {
  const id = core.random.uuid();
  const meta = {
    kind: "compaction",
    id,
    itemId: core.random.uuid(),
    tokensBefore: session.tokens?.input ?? 0,
    tokensAfter: 300,
  };
  const at = core.clock.now();
  const row: JsonObject = {
    role: "system",
    content: [{ type: "text", text: "Compaction" }],
    timestamp: at,
    __openclaw: meta,
  };
  store(core, session, { id, at, role: "system", text: "Compaction", rows: [row], sendKey: undefined });
  session.tokens = undefined;
  session.tokensStale = true;
}

/** Empties a session's visible transcript. Version 3 gives it a new id, version 4 a new revision and a marker row. */
export function resetSession(core: Core, session: Session): void {
  session.records = [];
  session.unsaved = [];
  session.pending = [];
  session.tokens = undefined;
  session.tokensStale = false;
  session.lastRun = undefined;
  session.status = undefined;
  session.interrupted = undefined;
  session.updatedAt = core.clock.now();
  if (core.version === 3) {
    session.sessionId = core.random.uuid();
    session.used = false;
    return;
  }
  session.lifecycleRevision = core.random.uuid();
  session.generation = core.random.hex(32);
  session.tokens = { input: 0, output: 0 };
  session.lastInteractionAt = undefined;
  store(core, session, resetRecord(core));
}

/** Version 3 starts over and lets the model say hello. */
function greetAfterReset(core: Core, command: Command): void {
  resetSession(core, command.session);
  command.session.used = true;
  startRun(core, { ...command, message: GREETING_PROMPT });
}

function respond(core: Core, { session, runId, message, echoKey, sender }: Command, answer: Answer): void {
  session.used = true;
  if (core.version === 4)
    store(
      core,
      session,
      userRecord(core, { message, sendKey: runId, at: core.clock.now(), attachments: [], sender }),
    );
  const id = core.version === 3 ? core.random.hex(8) : core.random.uuid();
  const key = core.version === 4 ? { idempotencyKey: runId } : {};
  const free: JsonObject = core.version === 4 && answer.contextFree ? { excludeFromContext: true } : {};
  const stored = injectedMessage(core, answer.text, { ...key, ...free });
  store(
    core,
    session,
    injectedRecord(core, id, stored, answer.text, answer.contextFree ? { contextFreeCommand: true } : {}),
  );
  const content = [
    {
      type: "text",
      text: answer.text,
      ...(core.version === 4 && answer.notice ? { openclawStatusNotice: true } : {}),
    },
  ];
  const shown: JsonObject = {
    ...stored,
    content,
    ...(core.version === 4 && answer.contextFree ? { __openclaw: { contextFreeCommand: true } } : {}),
  };
  core.emit(
    "chat",
    { runId, sessionKey: echoKey, seq: 1, state: "final", message: shown },
    { scope: "operator.read", sessionKey: session.key },
  );
  rememberEnd(core, runId);
}

function answerOf(core: Core, session: Session, name: string, argument: string): Answer {
  const four = core.version === 4;
  switch (name) {
    case "status":
      return { text: statusText(core, session), contextFree: true };
    case "new":
      return { text: "✅ New session started.", notice: true };
    case "reset":
      return { text: "✅ Session reset.", notice: true };
    case "compact":
      return {
        text: four ? "⚙️ Compaction finished • Context ?/200k" : "⚙️ Compacted • Context 0/200k (0%)",
        notice: true,
      };
    case "think":
      return { text: think(core, session, argument) };
    case "model":
      return { text: model(core, session, argument) };
    case "verbose":
      if (argument) session.settings.verboseLevel = argument;
      return { text: `Verbose level: ${session.settings.verboseLevel ?? "off"}.` };
    case "reasoning":
      if (argument) session.settings.reasoningLevel = argument;
      return { text: `Reasoning visibility: ${session.settings.reasoningLevel ?? "off"}.` };
    default:
      return {
        text: `ℹ️ Help\n${COMMANDS.map((command) => `/${command.name} - ${command.description}`).join("\n")}`,
      };
  }
}

function statusText(core: Core, session: Session): string {
  const { ref } = sessionModel(core, session);
  const name = core.version === 3 ? "🦞 Clawdbot" : "🦞 OpenClaw";
  return `${name} ${core.settings.serverVersion}\n🧠 Model: ${ref}\n🧵 Session: ${session.key}\n🎛️ Think: ${session.settings.thinkingLevel ?? "off"}`;
}

function think(core: Core, session: Session, level: string): string {
  if (!level) return `Current thinking level: ${session.settings.thinkingLevel ?? "off"}.`;
  const current = sessionModel(core, session);
  if (core.version === 4 && !current.reasoning && level !== "off")
    return `Thinking level "${level}" is not supported for ${current.ref}. Use one of: off.`;
  if (!THINKING_LEVELS.includes(level)) return `Unrecognized thinking level "${level}".`;
  session.settings.thinkingLevel = level;
  return `Thinking level set to ${level}.`;
}

function model(core: Core, session: Session, wanted: string): string {
  const current = sessionModel(core, session);
  if (!wanted) return `Current: ${current.ref}\nSwitch: /model <provider/model>`;
  const found = core.settings.models.find((item) => modelRef(item) === wanted);
  if (!found) return `Unknown model "${wanted}".`;
  if (found === defaultModel(core)) delete session.settings.model;
  else session.settings.model = wanted;
  return `Model set to ${wanted}.`;
}
