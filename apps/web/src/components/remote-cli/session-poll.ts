import * as v from "valibot";

/** A machine, as the list has it. */
export interface ListedSession {
  readonly id: string;
  readonly provider: string;
  readonly label: string;
}

/** What `GET /api/auth/session/{id}` tells of the way to a screen. */
interface SessionHealth {
  readonly status: "creating" | "starting" | "ready";
  readonly layers: readonly { readonly name: string; readonly status: "ok" | "failed" | "skipped" }[];
  readonly failure: { readonly layer: string; readonly message: string } | null;
}

/** What is known of a machine. */
export type SessionState =
  | { readonly status: "looking" }
  | { readonly status: "found"; readonly health: SessionHealth }
  | { readonly status: "gone" }
  /** `answeredWith`: the HTTP status, if there was one. */
  | { readonly status: "unreachable"; readonly answeredWith: number | null };

const healthSchema = v.object({
  status: v.picklist(["creating", "starting", "ready"]),
  layers: v.array(v.object({ name: v.string(), status: v.picklist(["ok", "failed", "skipped"]) })),
  failure: v.nullable(v.object({ layer: v.string(), message: v.string() })),
});
const listSchema = v.object({
  sessions: v.array(v.object({ id: v.string(), provider: v.string(), label: v.string() })),
});

/** Asks once how a machine is. Rejects only when the signal aborts. */
export async function lookAtSession(
  id: string,
  signal: AbortSignal,
  fetchFrom: typeof fetch = fetch,
): Promise<SessionState> {
  try {
    const response = await fetchFrom(`/api/auth/session/${encodeURIComponent(id)}`, {
      signal,
      cache: "no-store",
    });
    if (response.status === 404) return { status: "gone" };
    const health = v.safeParse(healthSchema, await response.json());
    if (response.ok && health.success) return { status: "found", health: health.output };
    return { status: "unreachable", answeredWith: response.status };
  } catch {
    signal.throwIfAborted();
    return { status: "unreachable", answeredWith: null };
  }
}

/** The person's own machines; null when nobody is signed in. Rejects when they cannot be had. */
export async function listSessions(
  signal: AbortSignal,
  fetchFrom: typeof fetch = fetch,
): Promise<readonly ListedSession[] | null> {
  const response = await fetchFrom("/api/auth/session", { signal, cache: "no-store" });
  if (response.status === 401) return null;
  return v.parse(listSchema, await response.json()).sessions;
}
