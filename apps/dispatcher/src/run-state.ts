import { fieldsOf, itemsOf } from "./json.ts";

/** How a run stands, as its session shows it. */
export type RunState =
  /** The session does not have the prompt. */
  | { readonly kind: "unasked" }
  | { readonly kind: "running" }
  | { readonly kind: "completed" }
  | { readonly kind: "failed"; readonly message: string }
  /** Nothing works on it and there is no whole answer: it is about to begin, or its server was restarted. */
  | { readonly kind: "silent" };

/** What one event says about a run. */
export type EventMeaning =
  | { readonly kind: "none" }
  /** It is over: the session shows how. */
  | { readonly kind: "idle" }
  | { readonly kind: "failed"; readonly message: string };

/** Reads `GET /session/status`. */
export function isBusy(statuses: unknown, session: string): boolean {
  const status = fieldsOf(fieldsOf(statuses)[session])["type"];
  return status !== undefined && status !== "idle";
}

/**
 * Reads `GET /session/{id}/message` of a session that is not busy.
 *
 * @param run `statusKnown` is `false` for a server that does not say who is busy.
 */
export function readRunState(
  messages: unknown,
  run: { readonly message: string; readonly statusKnown: boolean },
): RunState {
  const infos = itemsOf(messages).map((message) => fieldsOf(fieldsOf(message)["info"]));
  const asked = infos.findIndex((info) => info["id"] === run.message);
  if (asked < 0) return { kind: "unasked" };
  const answer = infos.slice(asked).findLast((info) => info["role"] === "assistant");
  if (answer?.["error"] !== undefined) return { kind: "failed", message: errorMessage(answer["error"]) };
  if (answer && isWhole(answer)) return { kind: "completed" };
  return run.statusKnown ? { kind: "silent" } : { kind: "running" };
}

/** Reads an event of `GET /event`. Those of other sessions, and of parts of this one, mean nothing. */
export function readEvent(event: unknown, session: string): EventMeaning {
  const { type, properties } = fieldsOf(event);
  const { sessionID, error } = fieldsOf(properties);
  if (sessionID !== session) return { kind: "none" };
  if (type === "session.idle") return { kind: "idle" };
  if (type === "session.error") return { kind: "failed", message: errorMessage(error) };
  if (type === "session.deleted") return { kind: "failed", message: "Its session was deleted." };
  return { kind: "none" };
}

/** An answer that ends with a call of a tool is a step, not the end. */
function isWhole(info: Readonly<Record<string, unknown>>): boolean {
  const { finish } = info;
  return fieldsOf(info["time"])["completed"] !== undefined && finish !== "tool-calls" && finish !== "unknown";
}

function errorMessage(error: unknown): string {
  const { name, data } = fieldsOf(error);
  const { message } = fieldsOf(data);
  if (name === "MessageAbortedError") return "Somebody stopped it.";
  const [line = ""] = typeof message === "string" ? message.split("\n") : [];
  return line || (typeof name === "string" ? name : "The server did not say why.");
}
