import type { Discovery } from "./discovery.ts";

/** How long a web chat on this machine may take for an answer, milliseconds. */
const ANSWER_MS = 5_000;

type Reached = Pick<Discovery, "port" | "key">;

function ask({ port, key }: Reached, path: string, method: "GET" | "POST"): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(key !== "" && { headers: { authorization: `Bearer ${key}` } }),
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}

async function textOf(response: Response, field: string): Promise<string | null> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== "object" || body === null) return null;
  const value: unknown = Reflect.get(body, field);
  return typeof value === "string" ? value : null;
}

/** Where the web chat says that it is, seen from here; `null` when none answers, or it does not take the key. */
export async function readBaseUrl(web: Reached): Promise<string | null> {
  try {
    const response = await ask(web, "/webchat/info", "GET");
    return response.ok ? await textOf(response, "baseUrl") : null;
  } catch {
    return null;
  }
}

/** A link that opens the chat once; `null` when the web chat gives none. */
export async function readLink(web: Reached): Promise<string | null> {
  try {
    const response = await ask(web, "/webchat/ticket", "POST");
    return response.ok ? await textOf(response, "url") : null;
  } catch {
    return null;
  }
}
