import type { Core } from "./core.ts";
import { assistantRecord, senderOf, userRecord } from "./rows.ts";
import { append } from "./session.ts";
import type { Session } from "./session.ts";

export function seedTurn(
  core: Core,
  session: Session,
  turn: { user: string; assistant: string },
  at: number,
): void {
  const runId = core.random.uuid();
  const model = core.settings.models[0] ?? { provider: "fake", id: "fake-1" };
  append(
    core,
    session,
    userRecord(core, {
      message: turn.user,
      sendKey: runId,
      at,
      attachments: [],
      sender: senderOf("webchat", "webchat"),
    }),
  );
  append(
    core,
    session,
    assistantRecord(core, {
      runId,
      thinking: "",
      text: turn.assistant,
      toolCalls: [],
      stopReason: "stop",
      input: 100,
      output: 100,
      at: at + 1000,
      provider: model.provider,
      model: model.id,
      call: 0,
    }),
  );
  session.status = "done";
  session.lastRun = { runId, startedAt: at, endedAt: at + 1000 };
  session.tokens = { input: 100, output: 100 };
}
