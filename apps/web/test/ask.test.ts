import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { ask } from "../src/browser/ask.ts";

const answer = v.object({ name: v.string() });
const saying =
  (response: () => Response | Promise<Response>): typeof fetch =>
  async () =>
    response();

describe("a question to the app's API", () => {
  test("gives the parsed answer", async () => {
    const from = saying(() => Response.json({ name: "one", more: true }));
    expect(await ask({ path: "/api/x", answer }, from)).toEqual({ kind: "ok", value: { name: "one" } });
  });

  test("gives the problem's own sentence and code", async () => {
    const problem = {
      type: "about:blank",
      status: 429,
      code: "busy",
      title: "Busy",
      detail: "Wait a moment.",
    };
    const from = saying(() => Response.json(problem, { status: 429 }));
    expect(await ask({ path: "/api/x", answer }, from)).toEqual({
      kind: "problem",
      status: 429,
      code: "busy",
      detail: "Wait a moment.",
    });
  });

  test("tells no answer from one that is not the API's", async () => {
    const cut = saying(() => Promise.reject(new TypeError("fetch failed")));
    expect(await ask({ path: "/api/x", answer }, cut)).toEqual({ kind: "unreachable" });
    const page = saying(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await ask({ path: "/api/x", answer }, page)).toEqual({ kind: "not-understood", status: 502 });
    const other = saying(() => Response.json({ title: 1 }));
    expect(await ask({ path: "/api/x", answer }, other)).toEqual({ kind: "not-understood", status: 200 });
  });

  test("sends a body as JSON, and takes an answer without one", async () => {
    const seen: RequestInit[] = [];
    const from: typeof fetch = async (_path, init = {}) => {
      seen.push(init);
      return new Response(null, { status: 204 });
    };
    const outcome = await ask({ method: "PUT", path: "/api/x", body: { key: 1 }, answer: null }, from);
    expect(outcome).toEqual({ kind: "ok", value: undefined });
    expect(seen).toMatchObject([
      { method: "PUT", body: '{"key":1}', headers: { "content-type": "application/json" } },
    ]);
  });

  test("rejects when it is called off", async () => {
    const leaving = new AbortController();
    const from = saying(() => {
      leaving.abort();
      throw new DOMException("Aborted", "AbortError");
    });
    await expect(ask({ path: "/api/x", answer, signal: leaving.signal }, from)).rejects.toThrow();
  });
});
