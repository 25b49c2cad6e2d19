import type { JsonObject } from "./json.ts";

/** The `error` member of a response. */
export type WireError = {
  code: "INVALID_REQUEST" | "NOT_PAIRED" | "UNAVAILABLE" | "FORBIDDEN";
  message: string;
  details?: JsonObject;
  retryable?: boolean;
  retryAfterMs?: number;
};

/** What a method gives back. */
export type Reply = { ok: true; payload: JsonObject | null | JsonObject[] } | { ok: false; error: WireError };

export const reply = (payload: JsonObject | null | JsonObject[]): Reply => ({ ok: true, payload });
export const invalid = (message: string, details?: JsonObject): Reply => ({
  ok: false,
  error: { code: "INVALID_REQUEST", message, ...(details ? { details } : {}) },
});
