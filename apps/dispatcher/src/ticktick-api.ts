import type { CallBudget, CallWindow } from "./call-budget.ts";
import { fieldsOf, itemsOf, parseJson, textOf } from "./json.ts";
import { SourceError } from "./task-source.ts";

/** What TickTick allows an account, over all calls. */
export const TICKTICK_LIMITS: readonly CallWindow[] = [
  { calls: 100, withinMs: 60_000 },
  { calls: 300, withinMs: 300_000 },
];

/** `status` of a task that is not completed (2) and not given up (-1). */
export const OPEN = 0;

export interface TickTickTask {
  readonly id: string;
  readonly projectId: string;
  readonly title: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly status: number;
}

/** The calls of TickTick's Open API (`/open/v1`) that a dispatcher needs. Each may throw a SourceError. */
export interface TickTickApi {
  /** At most 200. */
  openTasksWithTag(tag: string, signal: AbortSignal): Promise<readonly TickTickTask[]>;
  /** Ids of the lists, without the inbox. */
  projects(signal: AbortSignal): Promise<readonly string[]>;
  openTasksOf(project: string, signal: AbortSignal): Promise<readonly TickTickTask[]>;
  /** `undefined` if the list has no such task. */
  task(project: string, id: string, signal: AbortSignal): Promise<TickTickTask | undefined>;
  complete(project: string, id: string, signal: AbortSignal): Promise<void>;
  comments(project: string, id: string, signal: AbortSignal): Promise<readonly string[]>;
  addComment(project: string, id: string, text: string, signal: AbortSignal): Promise<void>;
}

export interface TickTickOptions {
  readonly origin: string;
  readonly token: string;
  readonly budget: CallBudget;
  /** For each call, in milliseconds. */
  readonly timeoutMs: number;
  readonly fetch?: typeof fetch;
}

export function createTickTickApi(options: TickTickOptions): TickTickApi {
  const { fetch: send = fetch, budget } = options;

  async function call(path: string, signal: AbortSignal, body?: unknown): Promise<unknown> {
    await budget.take(signal);
    const response = await send(new URL(`/open/v1${path}`, options.origin), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${options.token}`, "content-type": "application/json" },
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
      ...(body === undefined || body === EMPTY ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new SourceError("TickTick does not answer.", { cause });
    });
    const text = await response.text().catch(() => "");
    if (!response.ok) throw new TickTickError(response.status, path);
    return text === "" ? undefined : parseJson(text);
  }

  const taskPath = (project: string, id: string): string =>
    `/project/${encodeURIComponent(project)}/task/${encodeURIComponent(id)}`;

  return {
    async openTasksWithTag(tag, signal) {
      return tasksOf(await call("/task/filter", signal, { tag: [tag], status: [OPEN] }));
    },
    async projects(signal) {
      return itemsOf(await call("/project", signal)).flatMap(
        (project) => textOf(fieldsOf(project)["id"]) ?? [],
      );
    },
    async openTasksOf(project, signal) {
      const data = fieldsOf(await call(`/project/${encodeURIComponent(project)}/data`, signal));
      return tasksOf(data["tasks"]);
    },
    async task(project, id, signal) {
      try {
        return tasksOf([await call(taskPath(project, id), signal)])[0];
      } catch (error) {
        if (error instanceof TickTickError && error.status === 404) return undefined;
        throw error;
      }
    },
    async complete(project, id, signal) {
      await call(`${taskPath(project, id)}/complete`, signal, EMPTY);
    },
    async comments(project, id, signal) {
      const comments = itemsOf(await call(`${taskPath(project, id)}/comments`, signal));
      return comments.flatMap((comment) => textOf(fieldsOf(comment)["title"]) ?? []);
    },
    async addComment(project, id, text, signal) {
      await call(`${taskPath(project, id)}/comment`, signal, { title: text });
    },
  };
}

/** A POST without a body. */
const EMPTY = Symbol("empty");

class TickTickError extends SourceError {
  readonly status: number;

  constructor(status: number, path: string) {
    super(`TickTick answers ${status} to ${path}.${ADVICE.get(status) ?? ""}`);
    this.status = status;
  }
}

const ADVICE: ReadonlyMap<number, string> = new Map([
  [401, " Get a new token and set TICKTICK_TOKEN."],
  [403, " The token needs the scopes tasks:read and tasks:write."],
  [429, " Something else uses the same account's limit: poll less often."],
]);

function tasksOf(value: unknown): TickTickTask[] {
  return itemsOf(value).flatMap((item) => {
    const { id, projectId, title, content, tags, status } = fieldsOf(item);
    if (typeof id !== "string" || typeof projectId !== "string") return [];
    return {
      id,
      projectId,
      title: textOf(title) ?? "",
      content: textOf(content) ?? "",
      tags: itemsOf(tags).map(String),
      status: typeof status === "number" ? status : OPEN,
    };
  });
}
