import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename } from "node:path";
import { text } from "node:stream/consumers";

import { onTestFinished } from "vitest";

interface TakenPrompt {
  readonly session: string;
  readonly directory: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What becomes of a prompt. `lost`: it is answered 204 and never seen again. `unavailable`: it is answered 503 and not
 * kept. `unheard`: it is answered 503, and runs.
 */
type RunEnd = "completed" | "failed" | "held" | "lost" | "unavailable" | "unheard";

/** A router and the OpenCode servers behind it, on one port, as far as a dispatcher can see them. */
export interface FakeOpenCode {
  readonly origin: string;
  /** Folders that are served. */
  readonly served: Set<string>;
  readonly prompts: readonly TakenPrompt[];
  /** Titles of all sessions that were ever made. */
  readonly titles: () => readonly string[];
  /** Sessions that were busy when somebody asked who is, once for each time. */
  readonly seenBusy: readonly string[];
  /** Value of the latest `Authorization` header. */
  readonly authorization: () => string | undefined;
  /** How the next runs end. */
  ends(end: RunEnd): void;
  /** Ends a held run; with `unheard` no event says so. */
  finish(session: string, end: "completed" | "failed", unheard?: boolean): void;
  emit(event: { readonly type: string; readonly properties: Readonly<Record<string, unknown>> }): void;
  /** The server of this session was restarted: nothing works on it any more. */
  forget(session: string): void;
  cutStreams(): void;
  /** From now on the servers ask for a password. */
  lock(): void;
  /** Answers every request with this status, until it is `undefined` again. */
  breakWith(status: number | undefined): void;
}

interface FakeSession {
  readonly id: string;
  readonly title: string;
  readonly directory: string;
  readonly messages: { info: Record<string, unknown> }[];
  busy: boolean;
}

const AGENT_NAMES = ["build", "general", "plan"];
const PROVIDERS = [
  { id: "one", models: { alpha: {}, shared: {} } },
  { id: "two", models: { beta: {}, shared: {} } },
];

export async function startFakeOpenCode(directories: readonly string[]): Promise<FakeOpenCode> {
  const served = new Set(directories);
  const sessions = new Map<string, FakeSession>();
  const prompts: TakenPrompt[] = [];
  const seenBusy: string[] = [];
  const streams = new Set<ServerResponse>();
  let end: RunEnd = "completed";
  let broken: number | undefined;
  let authorization: string | undefined;
  let locked = false;

  const emit: FakeOpenCode["emit"] = (event) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify(event)}\n\n`);
  };

  function finish(id: string, how: "completed" | "failed", unheard = false): void {
    const session = sessions.get(id);
    if (!session) throw new Error(`No session ${id}.`);
    const parentID = session.messages.at(-1)?.info["id"];
    const error = { name: "APIError", data: { message: "the model is away\n    at stack" } };
    const info = { id: "msg_zz", role: "assistant", parentID, time: { completed: 1 }, finish: "stop" };
    session.messages.push({ info: how === "failed" ? { ...info, error } : info });
    session.busy = false;
    if (unheard) return;
    if (how === "failed") emit({ type: "session.error", properties: { sessionID: id, error } });
    emit({ type: "session.idle", properties: { sessionID: id } });
  }

  function takePrompt(session: FakeSession, body: Record<string, unknown>): void {
    prompts.push({ session: session.id, directory: session.directory, body });
    if (end === "lost" || end === "unavailable") return;
    session.messages.push({ info: { id: body["messageID"], role: "user" } });
    session.busy = true;
    emit({ type: "session.status", properties: { sessionID: session.id, status: { type: "busy" } } });
    if (end !== "held") finish(session.id, end === "failed" ? end : "completed");
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", "http://fake");
    authorization = req.headers.authorization;
    const json = (status: number, value: unknown): void =>
      void res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (broken !== undefined) return json(broken, { error: "broken" });
    if (url.pathname === "/api/resolve") {
      const directory = resolve(served, url.searchParams);
      if (directory === undefined) return json(404, { error: "not_found", query: "", detail: "none" });
      return json(200, { url: `http://${req.headers.host}/${slug(directory)}/`, project_path: directory });
    }
    const [, first = "", ...rest] = url.pathname.split("/");
    const directory = [...served].find((folder) => slug(folder) === first);
    if (directory === undefined) return json(404, { error: "not_found", detail: "no project" });
    if (locked) return json(401, {});
    if (url.searchParams.get("directory") !== directory) return json(400, { name: "BadRequest", data: {} });
    const body = req.method === "POST" ? JSON.parse((await text(req)) || "{}") : {};
    const path = `${req.method} ${rest.join("/")}`;
    if (path === "GET agent")
      return json(
        200,
        AGENT_NAMES.map((name) => ({ name })),
      );
    if (path === "GET config/providers") return json(200, { providers: PROVIDERS });
    if (path === "GET event") {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(`data: {"type":"server.connected","properties":{}}\n\n`);
      streams.add(res);
      res.on("close", () => streams.delete(res));
      return;
    }
    if (path === "GET session") {
      return json(
        200,
        [...sessions.values()].filter((session) => session.directory === directory),
      );
    }
    if (path === "GET session/status") {
      const busy = [...sessions.values()].filter((session) => session.busy);
      seenBusy.push(...busy.map(({ id }) => id));
      return json(200, Object.fromEntries(busy.map(({ id }) => [id, { type: "busy" }])));
    }
    if (path === "POST session") {
      const id = `ses_${sessions.size + 1}`;
      const session = { id, title: String(body.title), directory, messages: [], busy: false };
      sessions.set(id, session);
      return json(200, session);
    }
    const session = sessions.get(rest[1] ?? "");
    if (!session) return json(404, { name: "NotFoundError", data: { message: "Session not found" } });
    if (path.endsWith("/message")) return json(200, session.messages);
    if (!path.endsWith("/prompt_async")) return json(404, { name: "NotFoundError", data: {} });
    if (end === "unavailable" || end === "unheard") json(503, {});
    else res.writeHead(204).end();
    takePrompt(session, body);
  }

  const server = createServer((req, res) => {
    void answer(req, res);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    served,
    prompts,
    seenBusy,
    titles: () => [...sessions.values()].map(({ title }) => title),
    authorization: () => authorization,
    ends: (next) => (end = next),
    finish,
    emit,
    forget(id) {
      const session = sessions.get(id);
      if (session) session.busy = false;
    },
    lock: () => void (locked = true),
    cutStreams() {
      for (const stream of streams) stream.destroy();
    },
    breakWith: (status) => (broken = status),
  };
}

function slug(directory: string): string {
  return basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
}

function resolve(served: ReadonlySet<string>, query: URLSearchParams): string | undefined {
  const path = query.get("path");
  const name = slug(query.get("name") ?? "");
  return [...served].find((folder) => folder === path || slug(folder) === name);
}
