import type { Core } from "./core.ts";
import { senderOf, userRecord } from "./rows.ts";
import { startRun } from "./run.ts";
import { append } from "./session.ts";
import type { Session } from "./session.ts";

/** Version 4 goes on with turns that a process death cut off, under new run ids. */
export function resumeInterrupted(core: Core): void {
  for (const session of core.disk.sessions.values()) {
    const { interrupted } = session;
    if (interrupted) core.later(core.settings.timing.resumeMs, () => resume(core, session, interrupted));
  }
}

function resume(core: Core, session: Session, cut: { message: string }): void {
  // Somebody was faster: the turn was sent again, or the session was reset.
  if (session.interrupted !== cut) return;
  const runId = core.random.uuid();
  const text = "[System] Your previous turn was interrupted by a gateway restart. Go on with it.";
  const provenance = {
    kind: "internal_system",
    sourceSessionKey: session.key,
    sourceTool: "restart-recovery",
  };
  const at = core.clock.now();
  append(
    core,
    session,
    userRecord(core, {
      message: text,
      sendKey: runId,
      at,
      attachments: [],
      sender: { senderIsOwner: true },
      provenance,
    }),
  );
  const sender = senderOf("webchat", "webchat");
  startRun(core, {
    runId,
    echoKey: session.key,
    session,
    message: cut.message,
    sender,
    resumed: true,
    userStored: true,
  });
}
