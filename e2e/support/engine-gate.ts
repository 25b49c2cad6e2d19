import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The way to a Docker engine, which tells of everything that is changed through it and can be cut. */
export interface EngineGate {
  /** As `DOCKER_HOST`. */
  readonly host: string;
  /** Ends every connection without a word, and refuses new ones. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * @param names Of what was made through a gate, by its id; several gates may share them.
 * @param nameOf What an object is called in `onChange`.
 * @param onChange Told after the engine has changed something and before its answer is passed on. In words such as
 * `start containers main` and `remove volumes main-files`.
 */
export async function startEngineGate(
  engineHost: string,
  names: Map<string, string>,
  nameOf: (object: string) => string,
  onChange: (change: string) => void,
): Promise<EngineGate> {
  const folder = await mkdtemp(join(tmpdir(), "automna-gate-"));
  const listening = join(folder, "docker.sock");
  const sockets = new Set<Socket>();
  let whole = true;

  async function pass(near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = near;
    const far = request({ socketPath: engineHost.replace("unix://", ""), method, path, headers });
    const sent: Buffer[] = [];
    if (path.includes("/create")) near.on("data", (chunk: Buffer) => sent.push(chunk));
    near.pipe(far);
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      far.once("response", resolve).once("error", reject);
      answer.once("close", () => far.destroy());
    });
    if (method === "GET" || method === "HEAD") {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const status = reply.statusCode ?? 502;
    if (status < 300) onChange(changeOf(method, path, Buffer.concat(sent), body));
    if (!whole) return;
    answer.writeHead(status, reply.headers).end(body);
  }

  /** The engine is asked by id, and told of names only when something is made. */
  function changeOf(method: string, path: string, sent: Buffer, answered: Buffer): string {
    const { pathname, searchParams } = new URL(path, "http://engine");
    const [kind = "", object = "", verb = ""] = pathname.replace(/^\/v[\d.]+\//, "").split("/");
    if (object !== "create")
      return `${method === "DELETE" ? "remove" : verb} ${kind} ${nameOf(names.get(object) ?? object)}`;
    const wanted: { Name?: string } = JSON.parse(sent.toString());
    const { Id, ID = Id }: { Id?: string; ID?: string } = JSON.parse(answered.toString());
    const name = searchParams.get("name") ?? wanted.Name ?? "";
    if (ID !== undefined) names.set(ID, name);
    return `create ${kind} ${nameOf(name)}`;
  }

  const server = createServer((near, answer) => {
    pass(near, answer).catch(() => answer.destroy());
  });
  server.on("connection", (socket: Socket) => {
    if (!whole) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(listening, resolve));
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `unix://${listening}`,
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
