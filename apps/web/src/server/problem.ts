/** An error as RFC 9457 has it; `code` is stable, `detail` says what happened and what to do next. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

const MEDIA_TYPE = "application/problem+json";

/** Headers and body of a problem, for a server that writes them itself. */
export function renderProblem(problem: Problem): { headers: Record<string, string>; body: string } {
  return {
    headers: { "content-type": MEDIA_TYPE, "cache-control": "no-store" },
    body: JSON.stringify({ type: "about:blank", ...problem }),
  };
}

/** The same as a Fetch API response. */
export function problemResponse(problem: Problem): Response {
  const { headers, body } = renderProblem(problem);
  return new Response(body, { status: problem.status, headers });
}
