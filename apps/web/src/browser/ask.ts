import * as v from "valibot";
import { problem as problemSchema } from "../api/problem.ts";

/** What came of a request to the app's own API. */
export type Answer<Value> =
  | { readonly kind: "ok"; readonly value: Value }
  | {
      readonly kind: "problem";
      readonly status: number;
      readonly code: string;
      /** What happened and what to do next, as the server says it. */
      readonly detail: string;
    }
  /** No answer came, or one that is not the API's. */
  | { readonly kind: "unreachable" }
  | { readonly kind: "not-understood"; readonly status: number };

export interface Question<Schema extends v.GenericSchema> {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** What a good answer looks like; null when it has no body. */
  readonly answer: Schema | null;
  readonly signal?: AbortSignal;
}

/** Asks the app's API. Never rejects, unless the signal aborts. */
export async function ask<Schema extends v.GenericSchema>(
  { method = "GET", path, body, answer, signal }: Question<Schema>,
  fetchFrom: typeof fetch = fetch,
): Promise<Answer<v.InferOutput<Schema>>> {
  let response: Response;
  try {
    response = await fetchFrom(path, {
      method,
      cache: "no-store",
      credentials: "same-origin",
      ...(signal ? { signal } : {}),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  } catch {
    signal?.throwIfAborted();
    return { kind: "unreachable" };
  }
  return understand(response, answer);
}

/** What an answer of the app's API means. Rejects when its body breaks off. */
export async function understand<Schema extends v.GenericSchema>(
  response: Response,
  answer: Schema | null,
): Promise<Answer<v.InferOutput<Schema>>> {
  const { status, ok } = response;
  if (ok && answer === null) return { kind: "ok", value: undefined };
  const body: unknown = await response.json().catch(() => null);
  if (ok && answer) {
    const value = v.safeParse(answer, body);
    return value.success ? { kind: "ok", value: value.output } : { kind: "not-understood", status };
  }
  const problem = v.safeParse(problemSchema, body);
  return problem.success
    ? { kind: "problem", status, code: problem.output.code, detail: problem.output.detail }
    : { kind: "not-understood", status };
}
