import type { Core } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import { stringAt } from "./json.ts";
import type { Method } from "./request.ts";
import { injectedMessage, injectedRecord } from "./rows.ts";
import { findSession } from "./session.ts";
import type { Session } from "./session.ts";
import { store } from "./session-events.ts";

export const chatInject: Method = ({ core, params }) => {
  const sessionKey = stringAt(params, "sessionKey") ?? "";
  const session = findSession(core, sessionKey);
  if (!session || session.records.length === 0) return invalid("session not found");
  return reply({
    ok: true,
    messageId: injectNote(
      core,
      session,
      sessionKey,
      stringAt(params, "message") ?? "",
      stringAt(params, "label"),
    ),
  });
};

/** Stores and broadcasts a note of the gateway; returns its id. */
export function injectNote(
  core: Core,
  session: Session,
  sessionKey: string,
  message: string,
  label: string | undefined,
): string {
  const text = label ? `[${label}]\n\n${message}` : message;
  const id = core.version === 3 ? core.random.hex(8) : core.random.uuid();
  const body = injectedMessage(core, text);
  store(core, session, injectedRecord(core, id, body, text));
  const echoKey = core.version === 3 ? sessionKey : session.key;
  const agent = core.version === 4 ? { agentId: session.agentId } : {};
  core.emit(
    "chat",
    { runId: `inject-${id}`, sessionKey: echoKey, ...agent, seq: 0, state: "final", message: body },
    { scope: "operator.read", sessionKey: session.key },
  );
  return id;
}
