import type * as v from "valibot";
import { checkInput } from "../../checked-input.ts";
import type { Problem } from "../problem.ts";

/** More than any request of a page needs. */
const MAX_BODY_BYTES = 16_384;

export const TOO_LARGE: Problem = {
  status: 413,
  code: "too-large",
  title: "Content too large",
  detail: `The body is larger than anything that is understood here. Send at most ${MAX_BODY_BYTES} bytes.`,
};

export const NOT_UNDERSTOOD: Problem = {
  status: 400,
  code: "not-understood",
  title: "Bad request",
  detail: "The request is not understood. See /api/openapi.json.",
};

/** What a request's JSON holds, or why it is refused. */
export async function readBody<const Schema extends v.GenericSchema>(
  schema: Schema,
  request: Request,
): Promise<{ readonly value: v.InferOutput<Schema> } | Problem> {
  if (!request.headers.get("content-type")?.startsWith("application/json"))
    return { ...NOT_UNDERSTOOD, detail: "The body must be JSON: send content-type application/json." };
  const text = await readText(request, MAX_BODY_BYTES);
  if (text === null) return TOO_LARGE;
  const body = checkInput(schema, parseJson(text), "The body");
  if (body.ok) return body;
  return {
    ...NOT_UNDERSTOOD,
    detail: `${body.wrong.join("; ")}. Correct it, or see /api/openapi.json.`,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body of at most that many bytes; `null` when it is larger. */
export async function readText(request: Request, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
