import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

import { onTestFinished } from "vitest";

import { TOKEN } from "./ticktick-token.ts";

export interface FakeTask {
  id: string;
  projectId: string;
  title: string;
  content: string;
  tags?: string[];
  /** 0 open, 2 completed. */
  status: number;
}

/**
 * TickTick's Open API as its documentation describes it. A request of another shape is answered 400 and remembered:
 * method, path, headers, and exactly the fields of the body.
 */
export interface FakeTickTick {
  readonly origin: string;
  readonly tasks: FakeTask[];
  /** By task. */
  readonly comments: Map<string, string[]>;
  /** `METHOD /path` of every request, in their order. */
  readonly requests: string[];
  /** What was wrong with requests. */
  readonly faults: string[];
  /** Answers the next requests with this status, until it is `undefined` again. */
  breakWith(status: number | undefined): void;
}

const INBOX = "inbox1";
const MAX_FILTERED = 200;

export async function startFakeTickTick(tasks: FakeTask[]): Promise<FakeTickTick> {
  const comments = new Map<string, string[]>();
  const requests: string[] = [];
  const faults: string[] = [];
  let broken: number | undefined;

  function find(project: string, id: string): FakeTask | undefined {
    return tasks.find((task) => task.id === id && task.projectId === project);
  }

  /** Status and body; a text says what is wrong with the request. */
  async function answer(req: IncomingMessage): Promise<[status: number, body?: unknown] | string> {
    const body = await text(req);
    const value: unknown = body === "" ? undefined : JSON.parse(body);
    const keys = Object.keys((value as object | undefined) ?? {}).join();
    const [empty, open, v1, ...rest] = (req.url ?? "").split("/").map(decodeURIComponent);
    if (empty !== "" || open !== "open" || v1 !== "v1") return "not below /open/v1";
    if (req.headers.authorization !== `Bearer ${TOKEN}`) return [401];
    if (req.headers["content-type"] !== "application/json") return "no JSON";
    const [, project = "", , id = "", last] = rest;
    const shape = rest.map((part, at) => (rest[0] === "project" && (at === 1 || at === 3) ? "*" : part));
    switch (`${req.method} ${shape.join("/")} ${keys}`.trim()) {
      case "POST task/filter tag,status": {
        const { tag, status } = value as { tag: string[]; status: number[] };
        const matching = tasks.filter(
          (task) => status.includes(task.status) && tag.every((one) => task.tags?.includes(one)),
        );
        return [200, matching.slice(0, MAX_FILTERED)];
      }
      case "GET project":
        return [
          200,
          [...new Set(tasks.map(({ projectId }) => projectId))]
            .filter((one) => one !== INBOX)
            .map((one) => ({ id: one, name: one })),
        ];
      case "GET project/*/data":
        return [
          200,
          {
            project: { id: project },
            tasks: tasks.filter((task) => task.projectId === project && task.status === 0),
          },
        ];
      case "GET project/*/task/*": {
        const task = find(project, id);
        return task ? [200, task] : [404];
      }
      case "POST project/*/task/*/complete": {
        const task = find(project, id);
        if (!task) return [404];
        task.status = 2;
        return [200];
      }
      case "GET project/*/task/*/comments":
        return find(project, id)
          ? [200, (comments.get(id) ?? []).map((title, at) => ({ id: `c${at}`, title }))]
          : [404];
      case "POST project/*/task/*/comment title": {
        if (!find(project, id)) return [404];
        comments.set(id, [...(comments.get(id) ?? []), (value as { title: string }).title]);
        return [200, { id: "c" }];
      }
      default:
        return `unknown: ${last ?? shape.join("/")} with ${keys || "no body"}`;
    }
  }

  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url}`);
    void answer(req).then((answered) => {
      if (typeof answered === "string") faults.push(`${req.method} ${req.url}: ${answered}`);
      const [status, body] = typeof answered === "string" ? [400] : answered;
      if (broken !== undefined) return res.writeHead(broken).end();
      return res
        .writeHead(status, { "content-type": "application/json" })
        .end(body === undefined ? "" : JSON.stringify(body));
    });
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
    tasks,
    comments,
    requests,
    faults,
    breakWith: (status) => (broken = status),
  };
}
