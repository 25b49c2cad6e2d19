import * as v from "valibot";

import { listOf, optionalFlag, optionalText, parseWith, type Parsed } from "./parsed.ts";

/**
 * What the gateway says to `chat.send`. None of them is durable: a crash right after `started` loses the message.
 *
 * - `started`: a run begins; `runId` is the idempotency key.
 * - `in-flight`: the same key is running already.
 * - `done`: the same key has run already.
 * - `stopped`: the message was a stop word and ended `runIds` instead of starting a run.
 */
export type SendAnswer =
  | { kind: "started" | "in-flight" | "done"; runId: string }
  | { kind: "stopped"; runIds: string[] };

const SEND_KINDS: Readonly<Record<string, "started" | "in-flight" | "done">> = {
  started: "started",
  in_flight: "in-flight",
  ok: "done",
};

const sendSchema = v.object({
  runId: optionalText,
  status: optionalText,
  aborted: optionalFlag,
  runIds: listOf(v.string()),
});

/** Reads the payload of the answer to `chat.send`. A status that is not known counts as `started`. */
export function parseSendAnswer(payload: unknown): Parsed<SendAnswer> {
  const parsed = parseWith(sendSchema, payload);
  if (!parsed.ok) return parsed;
  const { runId, status, aborted, runIds } = parsed.value;
  if (runId !== undefined) return { ok: true, value: { kind: SEND_KINDS[status ?? ""] ?? "started", runId } };
  if (aborted !== undefined) return { ok: true, value: { kind: "stopped", runIds } };
  return { ok: false, reason: "neither runId nor aborted" };
}

/** What `chat.abort` did. `aborted: false` is no error: the run was unknown or over. */
export type AbortAnswer = { aborted: boolean; runIds: string[] };

const abortSchema = v.object({ aborted: v.boolean(), runIds: listOf(v.string()) });

/** Reads the payload of the answer to `chat.abort`. */
export function parseAbortAnswer(payload: unknown): Parsed<AbortAnswer> {
  return parseWith(abortSchema, payload);
}
