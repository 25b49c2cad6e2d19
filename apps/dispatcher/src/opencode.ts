import { readEventStream } from "./event-stream.ts";
import { fieldsOf, itemsOf, parseJson, textOf } from "./json.ts";
import { isBusy, readRunState } from "./run-state.ts";
import type { RunState } from "./run-state.ts";

/** A project that somebody serves, as the router answers it. */
export interface Project {
  /** Address of its server through the router, with a slash at its end. */
  readonly url: string;
  /** Absolute path of its folder. */
  readonly directory: string;
}

export interface Prompt {
  /** Chosen by us, so that a prompt that may have been sent is found again. */
  readonly messageId: string;
  readonly text: string;
  readonly model: { readonly providerID: string; readonly modelID: string } | undefined;
  readonly agent: string | undefined;
}

/** Nobody answers, or nobody who can: trying again later may help. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The server has answered no: trying again does not help. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** OpenCode servers behind the router. Every method may throw {@link UnreachableError}. */
export interface OpenCode {
  /** `undefined` if nobody serves such a project. */
  resolve(
    by: { readonly name: string } | { readonly path: string },
    signal: AbortSignal,
  ): Promise<Project | undefined>;
  agents(project: Project, signal: AbortSignal): Promise<readonly string[]>;
  /** The providers that have a model of this name. */
  providersOf(project: Project, model: string, signal: AbortSignal): Promise<readonly string[]>;
  findSession(project: Project, title: string, signal: AbortSignal): Promise<string | undefined>;
  createSession(project: Project, title: string, signal: AbortSignal): Promise<string>;
  /** Returns as soon as the server has taken the prompt. */
  prompt(project: Project, session: string, prompt: Prompt, signal: AbortSignal): Promise<void>;
  runState(project: Project, session: string, message: string, signal: AbortSignal): Promise<RunState>;
  /** One connection to the server's events. Ends or throws when it does. */
  events(project: Project, signal: AbortSignal): AsyncIterable<unknown>;
}

export interface OpenCodeOptions {
  /** Origin of the router. */
  readonly router: string;
  readonly routerToken: string | undefined;
  /** For servers that ask for a password. */
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** For each request but the events, in milliseconds. */
  readonly timeoutMs: number;
  readonly fetch?: typeof fetch;
}

interface Ask {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export function createOpenCode(options: OpenCodeOptions): OpenCode {
  const { fetch: send = fetch } = options;
  const headers = { accept: "application/json", ...authorization(options) };

  async function ask(
    url: URL,
    { method = "GET", body, signal }: Ask,
  ): Promise<{ status: number; value: unknown }> {
    const response = await send(url, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new UnreachableError(`${url.origin} does not answer.`, { cause });
    });
    const text = await response.text().catch(() => "");
    if (response.status >= 500 || response.status === 429) {
      throw new UnreachableError(
        `${url.origin}${url.pathname} answers ${response.status}: ${firstLine(text)}`,
      );
    }
    return { status: response.status, value: response.status === 204 ? undefined : parseJson(text) };
  }

  /** A request to a project's server. An unknown path answers 200 with a page there, so only JSON is an answer. */
  async function askProject(project: Project, path: string, request: Ask): Promise<unknown> {
    const { status, value } = await ask(addressOf(project, path), request);
    if (status >= 200 && status < 300) return value;
    if (status === 401 || status === 403) throw new UnreachableError(notAllowed(project, status));
    if (status === 404 && fieldsOf(value)["name"] === undefined) {
      throw new UnreachableError(`The router does not know ${project.url} any more.`);
    }
    throw new RefusedError(refusal(status, value));
  }

  return {
    async resolve(by, signal) {
      const url = new URL(`/api/resolve?${new URLSearchParams(by).toString()}`, options.router);
      const { status, value } = await ask(url, { signal });
      const { url: address, project_path: directory, error } = fieldsOf(value);
      if (status === 404 && error === "not_found") return undefined;
      if (status === 200 && typeof address === "string" && typeof directory === "string") {
        return "path" in by && directory !== by.path ? undefined : { url: address, directory };
      }
      const why = status === 401 ? "It wants its token: set OPENCODE_ROUTER_TOKEN." : refusal(status, value);
      throw new UnreachableError(`${options.router} does not answer as an opencode-router does. ${why}`);
    },
    async agents(project, signal) {
      return itemsOf(await askProject(project, "agent", { signal })).map((agent) =>
        String(fieldsOf(agent)["name"]),
      );
    },
    async providersOf(project, model, signal) {
      const { providers } = fieldsOf(await askProject(project, "config/providers", { signal }));
      return itemsOf(providers)
        .filter((provider) => model in fieldsOf(fieldsOf(provider)["models"]))
        .flatMap((provider) => textOf(fieldsOf(provider)["id"]) ?? []);
    },
    async findSession(project, title, signal) {
      const sessions = itemsOf(await askProject(project, "session", { signal })).map(fieldsOf);
      const found = sessions.find((session) => session["title"] === title);
      return textOf(found?.["id"]);
    },
    async createSession(project, title, signal) {
      const { id } = fieldsOf(
        await askProject(project, "session", { method: "POST", body: { title }, signal }),
      );
      if (typeof id === "string") return id;
      throw new UnreachableError(`${project.url} does not answer as an OpenCode server does.`);
    },
    async prompt(project, session, { messageId, text, model, agent }, signal) {
      const body = { messageID: messageId, parts: [{ type: "text", text }], model, agent };
      const path = `session/${encodeURIComponent(session)}/prompt_async`;
      await askProject(project, path, { method: "POST", body, signal });
    },
    async runState(project, session, message, signal) {
      const statuses = await askProject(project, "session/status", { signal });
      if (isBusy(statuses, session)) return { kind: "running" };
      const path = `session/${encodeURIComponent(session)}/message`;
      const messages = await askProject(project, path, { signal });
      return readRunState(messages, { message, statusKnown: statuses !== undefined });
    },
    async *events(project, signal) {
      const url = addressOf(project, "event");
      try {
        const response = await send(url, {
          headers: { ...headers, accept: "text/event-stream" },
          redirect: "error",
          signal,
        });
        if (!response.ok || !response.body) throw new Error(`It answers ${response.status}.`);
        yield* readEventStream(response.body);
      } catch (cause) {
        signal.throwIfAborted();
        throw new UnreachableError(`The events of ${project.url} broke off.`, { cause });
      }
    },
  };
}

function authorization({ routerToken, credentials }: OpenCodeOptions): Readonly<Record<string, string>> {
  if (credentials) {
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
    return { authorization: `Basic ${pair}` };
  }
  return routerToken === undefined ? {} : { authorization: `Bearer ${routerToken}` };
}

function addressOf(project: Project, path: string): URL {
  const url = new URL(path, project.url);
  url.searchParams.set("directory", project.directory);
  return url;
}

function notAllowed({ url }: Project, status: number): string {
  return `${url} answers ${status}. Set OPENCODE_SERVER_PASSWORD or OPENCODE_ROUTER_TOKEN for the dispatcher.`;
}

function refusal(status: number, value: unknown): string {
  const { data, detail } = fieldsOf(value);
  const message = fieldsOf(data)["message"] ?? detail;
  return typeof message === "string" ? `${firstLine(message)} (${status})` : `It answers ${status}.`;
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0]?.slice(0, 300) ?? "";
}
