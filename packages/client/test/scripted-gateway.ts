import type { TransportFactory } from "../src/index.ts";

type Answer = object | ((params: Readonly<Record<string, unknown>>) => object);

/** A gateway that says what the test wrote down, for methods whose answers no recording and no imitation has. */
export interface ScriptedGateway {
  readonly transport: TransportFactory;
  /** What was asked, in order. */
  readonly asked: { readonly method: string; readonly params: unknown }[];
  emit(event: string, payload: object): void;
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

export function scriptedGateway(protocol: 3 | 4, answers: Readonly<Record<string, Answer>>): ScriptedGateway {
  const asked: { method: string; params: unknown }[] = [];
  let deliver: (frame: object) => void = () => {};
  const all: Readonly<Record<string, Answer>> = {
    connect: hello(protocol, Object.keys(answers), SCOPES),
    "chat.history": { sessionKey: "agent:main:main", messages: [] },
    ...answers,
  };
  return {
    asked,
    emit: (event, payload) => deliver({ type: "event", event, payload }),
    transport: (_url, listener) => {
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
          const payload = typeof answer === "function" ? answer(params) : answer;
          const error = { code: "INVALID_REQUEST", message: `unknown method: ${method}` };
          queueMicrotask(() =>
            deliver(
              payload === undefined
                ? { type: "res", id, ok: false, error }
                : { type: "res", id, ok: true, payload },
            ),
          );
          return true;
        },
        close: (code, reason) => listener.close({ code, reason }),
      };
    },
  };
}
