import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";
import type { Step } from "./script.ts";
import type { PendingInput, Session } from "./session.ts";

export type Attachment = { mimeType: string; fileName: string | undefined; bytes: number; base64: string };

/** A turn of the agent. */
export type Run = {
  runId: string;
  /** The session key as this run's events carry it. */
  echoKey: string;
  session: Session;
  message: string;
  attachments: readonly Attachment[];
  sender: JsonObject;
  thinkingLevel: string | undefined;
  phase: "preparing" | "running" | "ended";
  /** Counter of this run's agent events. */
  seq: number;
  startedAt: number | undefined;
  acceptedAt: number;
  steps: readonly Step[];
  cursor: number;
  /** Where the current model call began in `steps`; a retry goes back there. */
  callStart: number;
  callNumber: number;
  callStartedAt: number;
  failures: number;
  emptyReplies: number;
  /** Text and reasoning of the current model call. */
  segment: string;
  thinking: string;
  /** Version 4: text of the earlier model calls of this run. */
  earlier: string;
  outputTokens: number;
  toolNames: Set<string>;
  /** Version 4: messages that steer this run, taken in at the end of a model call. */
  steering: PendingInput[];
  timer: number | undefined;
  timeout: number | undefined;
  userStored: boolean;
  /** No chat status events: the run was not started by a chat.send. */
  quiet: boolean;
  resumed: boolean;
  waiting: ((decision: string) => void) | undefined;
  voice: VoiceState;
};

/** What the streaming side has already said. */
type VoiceState = {
  itemBase: string;
  item: number;
  agentLength: number;
  chatText: string;
  lastAt: number;
  flush: number | undefined;
  firstText: { seq: number; ts: number } | undefined;
};

export type RunStart = {
  runId: string;
  echoKey: string;
  session: Session;
  message: string;
  attachments?: readonly Attachment[];
  sender: JsonObject;
  thinkingLevel?: string | undefined;
  timeoutMs?: number | undefined;
  quiet?: boolean;
  resumed?: boolean;
  userStored?: boolean;
};

/** A run that has not begun. */
export function newRun(core: Core, start: RunStart): Run {
  const now = core.clock.now();
  return {
    runId: start.runId,
    echoKey: start.echoKey,
    session: start.session,
    message: start.message,
    attachments: start.attachments ?? [],
    sender: start.sender,
    thinkingLevel: start.thinkingLevel,
    phase: "preparing",
    seq: 0,
    startedAt: undefined,
    acceptedAt: now,
    steps: [],
    cursor: 0,
    callStart: 0,
    callNumber: 0,
    callStartedAt: now,
    failures: 0,
    emptyReplies: 0,
    segment: "",
    thinking: "",
    earlier: "",
    outputTokens: 0,
    toolNames: new Set(),
    steering: [],
    timer: undefined,
    timeout: undefined,
    userStored: start.userStored ?? false,
    quiet: start.quiet ?? false,
    resumed: start.resumed ?? false,
    waiting: undefined,
    voice: {
      itemBase: core.random.uuid(),
      item: 1,
      agentLength: 0,
      chatText: "",
      lastAt: Number.NEGATIVE_INFINITY,
      flush: undefined,
      firstText: undefined,
    },
  };
}
