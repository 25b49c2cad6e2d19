/** An error as RFC 9457 has it; `code` is stable, `detail` says what happened and what to do next. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

const MEDIA_TYPE = "application/problem+json";

/** Headers and body of a problem, for a server that writes them itself. */
export function renderProblem({ status, code, title, detail }: Problem): {
  headers: Record<string, string>;
  body: string;
} {
  return {
    headers: { "content-type": MEDIA_TYPE, "cache-control": "no-store" },
    body: JSON.stringify({ type: "about:blank", status, code, title, detail }),
  };
}

/** The same as a Fetch API response. */
export function problemResponse(problem: Problem, retryAfterMs?: number): Response {
  const { headers, body } = renderProblem(problem);
  if (retryAfterMs !== undefined)
    headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return new Response(body, { status: problem.status, headers });
}
