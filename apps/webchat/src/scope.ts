import { canonicalSessionKey, type Call, type EventFrame, type HelloOk } from "@automna/protocol";

import { AskedHere } from "./asked-here.ts";

/** The longest session key that is looked at. */
const KEY_CHARS = 200;

/** A session key as a caller may write it; `null` for what cannot be one. */
export function readSessionKey(value: unknown): string | null {
  if (typeof value !== "string" || value.length > KEY_CHARS) return null;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(value) ? null : value;
}

interface MethodRule {
  /** The field that names the session; it is written here, whatever the page sent. */
  readonly session?: "sessionKey" | "key" | "keys";
  /** It answers what the agent asked, by `id`: only what it asked in this session. */
  readonly answers?: true;
  /** What else a page may say. */
  readonly fields: readonly string[];
}

/** What a page may ask of the gateway. Everything else is refused before the gateway hears of it. */
const METHODS: Readonly<Record<string, MethodRule>> = {
  health: { fields: [] },
  "chat.history": {
    session: "sessionKey",
    fields: ["limit", "offset", "cursor", "inputRunIds", "maxChars"],
  },
  "chat.message.get": { session: "sessionKey", fields: ["messageId", "maxChars"] },
  "chat.send": {
    session: "sessionKey",
    fields: [
      "message",
      "idempotencyKey",
      "thinking",
      "deliver",
      "attachments",
      "timeoutMs",
      "queueMode",
      "replyToId",
      "expectedLeafEntryId",
      "suppressCommandInterpretation",
    ],
  },
  "chat.abort": { session: "sessionKey", fields: ["runId"] },
  "sessions.preview": { session: "keys", fields: ["limit", "maxChars"] },
  "sessions.messages.subscribe": { session: "key", fields: [] },
  "sessions.subscribe": { fields: [] },
  "sessions.list": { fields: ["limit", "includeDerivedTitles", "includeLastMessage"] },
  "sessions.patch": { session: "key", fields: ["label", "model", "thinkingLevel"] },
  "models.list": { fields: [] },
  "commands.list": { session: "sessionKey", fields: ["scope"] },
  "artifacts.download": { session: "sessionKey", fields: ["artifactId"] },
  "exec.approval.list": { fields: [] },
  "exec.approval.resolve": { answers: true, fields: ["id", "decision"] },
  "plugin.approval.list": { fields: [] },
  "plugin.approval.resolve": { answers: true, fields: ["id", "decision"] },
  "question.list": { fields: [] },
  "question.resolve": { answers: true, fields: ["id", "answers", "cancel"] },
};

/** Answered here: another page of the same session may still want what one lets go. */
const ANSWERED_HERE: ReadonlySet<string> = new Set(["sessions.messages.unsubscribe"]);

const EVENTS: ReadonlySet<string> = new Set(["tick", "shutdown"]);
const SESSION_EVENTS: ReadonlySet<string> = new Set(["chat", "agent", "session.message", "sessions.changed"]);
/** Runs whose session is remembered, for events that name only the run. */
const RUNS = 200;

type Params = Readonly<Record<string, unknown>>;

function isParams(value: unknown): value is Params {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What becomes of a page's request. */
export type Admission =
  | { readonly kind: "ask"; readonly call: Call; readonly answer: (payload: unknown) => unknown }
  | { readonly kind: "answer"; readonly payload: unknown }
  | { readonly kind: "refuse"; readonly message: string };

/** One session of a gateway: what may be asked about it, and which events are about it. */
export class SessionScope {
  readonly sessionKey: string;
  readonly #hello: HelloOk;
  readonly #runs = new Set<string>();
  readonly #asked = new AskedHere((sessionKey) => this.#isOwn(sessionKey));

  /** @param sessionKey in any spelling */
  constructor(sessionKey: string, hello: HelloOk) {
    this.#hello = hello;
    this.sessionKey = canonicalSessionKey(sessionKey, hello.sessionDefaults);
  }

  /** Turns a page's request into one about this session, or refuses it. */
  admit(method: string, params: unknown): Admission {
    if (ANSWERED_HERE.has(method)) return { kind: "answer", payload: {} };
    const rule = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (rule === undefined) {
      return { kind: "refuse", message: `The web chat does not pass on "${method}".` };
    }
    const given = params === undefined ? {} : params;
    if (!isParams(given)) return { kind: "refuse", message: `The params of "${method}" are no object.` };
    const { session, fields } = rule;
    if (session !== undefined && !this.#isMeant(given[session])) {
      return { kind: "refuse", message: "This web chat shows one session, and that is another one." };
    }
    const foreign = Object.keys(given).find((key) => key !== session && !fields.includes(key));
    if (foreign !== undefined) {
      return { kind: "refuse", message: `The web chat does not pass on "${foreign}" of "${method}".` };
    }
    if (rule.answers && !this.#asked.has(given["id"])) {
      return { kind: "refuse", message: "Nobody asked that in this session." };
    }
    const own =
      session === undefined ? {} : { [session]: session === "keys" ? [this.sessionKey] : this.sessionKey };
    return {
      kind: "ask",
      call: { method, params: { ...given, ...own } },
      answer: (payload) => this.#answer(method, payload),
    };
  }

  /** What a page gets of an answer. */
  #answer(method: string, payload: unknown): unknown {
    if (method === "sessions.list") return this.#onlyOwn(payload);
    return method.endsWith(".list") && this.#asked.isAbout(method)
      ? this.#asked.listed(method, payload)
      : payload;
  }

  /** Whether an event is about this session, or about no session. */
  concerns({ event, payload }: EventFrame): boolean {
    if (EVENTS.has(event)) return true;
    if (this.#asked.isAbout(event)) return this.#asked.concerns(event, payload);
    if (!SESSION_EVENTS.has(event) || !isParams(payload)) return false;
    const { sessionKey, key, runId } = payload;
    const named = sessionKey ?? key;
    if (typeof named !== "string") return typeof runId === "string" && this.#runs.has(runId);
    const isOwn = this.#isOwn(named);
    if (isOwn && typeof runId === "string") this.#remember(runId);
    return isOwn;
  }

  #isMeant(value: unknown): boolean {
    const keys: unknown[] = Array.isArray(value) ? value : [value];
    return keys.length === 1 && keys.every((key) => typeof key === "string" && this.#isOwn(key));
  }

  #isOwn(key: string): boolean {
    return canonicalSessionKey(key, this.#hello.sessionDefaults) === this.sessionKey;
  }

  #remember(runId: string): void {
    this.#runs.add(runId);
    const [oldest] = this.#runs;
    if (this.#runs.size > RUNS && oldest !== undefined) this.#runs.delete(oldest);
  }

  #onlyOwn(payload: unknown): unknown {
    const sessions: unknown = isParams(payload) ? payload["sessions"] : undefined;
    if (!isParams(payload) || !Array.isArray(sessions)) return { sessions: [] };
    const rows: unknown[] = sessions;
    const own = rows.filter(
      (row) => isParams(row) && typeof row["key"] === "string" && this.#isOwn(row["key"]),
    );
    return { ts: payload["ts"], count: own.length, defaults: payload["defaults"], sessions: own };
  }
}

/** The methods that a page is told of: those that it may use and the gateway has. */
export function passedMethods(hello: HelloOk): string[] {
  return hello.features.methods.filter((method) => Object.hasOwn(METHODS, method));
}
