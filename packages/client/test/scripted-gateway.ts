import type { TransportFactory } from "../src/index.ts";

type Answer = object | ((params: Readonly<Record<string, unknown>>) => object | Promise<object>);

/** What it answers, by method. */
export type Answers = Readonly<Record<string, Answer>>;

/** An answer that says No. */
class Refusal {
  readonly error: object;
  constructor(error: object) {
    this.error = error;
  }
}

/** What a method answers when it refuses. */
export function refusal(message: string, reason?: string): object {
  return new Refusal({
    code: "INVALID_REQUEST",
    message,
    ...(reason !== undefined && { details: { reason } }),
  });
}

/** What a method answers when it cannot do it now. */
export function notNow(retryAfterMs: number): object {
  return new Refusal({ code: "UNAVAILABLE", message: "busy", retryable: true, retryAfterMs });
}

/** A gateway that says what the test wrote down, for methods whose answers no recording and no imitation has. */
export interface ScriptedGateway {
  readonly transport: TransportFactory;
  /** What was asked, in order. */
  readonly asked: { readonly method: string; readonly params: unknown }[];
  emit(event: string, payload: object): void;
  /** The connection breaks. */
  drop(): void;
}

function hello(protocol: 3 | 4, methods: readonly string[], scopes: readonly string[]): object {
  return {
    type: "hello-ok",
    protocol,
    server: { version: "1", connId: "c1", bootId: "b1" },
    features: { methods, events: [] },
    snapshot: { presence: [], health: {}, uptimeMs: 1_000 },
    policy: { maxPayload: 1_000_000, maxBufferedBytes: 1_000_000, tickIntervalMs: 30_000 },
    auth: { role: "operator", scopes },
  };
}

const SCOPES = ["operator.read", "operator.write", "operator.questions", "operator.approvals"];

export function scriptedGateway(
  protocol: 3 | 4,
  answers: Answers,
  scopes: readonly string[] = SCOPES,
): ScriptedGateway {
  const asked: { method: string; params: unknown }[] = [];
  let deliver: (frame: object) => void = () => {};
  let drop: () => void = () => {};
  const all: Answers = {
    connect: hello(protocol, Object.keys(answers), scopes),
    "chat.history": { sessionKey: "agent:main:main", messages: [] },
    "sessions.preview": { ts: 1, previews: [] },
    ...answers,
  };
  return {
    asked,
    drop: () => drop(),
    emit: (event, payload) => deliver({ type: "event", event, payload }),
    transport: (_url, listener) => {
      drop = () => listener.close({ code: 1006, reason: "" });
      deliver = (frame) => listener.frame(JSON.stringify(frame));
      queueMicrotask(() => {
        listener.open();
        deliver({ type: "event", event: "connect.challenge", payload: { nonce: "n", ts: 1 } });
      });
      return {
        send(text) {
          const { id, method, params } = JSON.parse(text);
          asked.push({ method, params });
          const answer = all[method];
          const respond = (payload: object | undefined) => {
            const unknown = new Refusal({ code: "INVALID_REQUEST", message: `unknown method: ${method}` });
            const { error } = payload instanceof Refusal || payload === undefined ? (payload ?? unknown) : {};
            deliver({
              type: "res",
              id,
              ok: error === undefined,
              ...(error === undefined ? { payload } : { error }),
            });
          };
          void Promise.resolve(typeof answer === "function" ? answer(params) : answer).then(respond);
          return true;
        },
        close: (code, reason) => listener.close({ code, reason }),
      };
    },
  };
}
