import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What it is asked, such as `GET /networks/a`, and how it answers; what nothing is said of does not exist. */
export type Answers = Readonly<Record<string, object | ((res: ServerResponse) => void)>>;

/** An engine as far as its answers go. */
export async function startFakeEngine(answers: Answers) {
  const asked: string[] = [];
  const known: Answers = { ...ALWAYS, ...answers };
  const server = createServer((req, res) => {
    const [, path = ""] = /^(?:\/v[\d.]+)?(\/[^?]*)/.exec(req.url ?? "") ?? [];
    const line = `${req.method} ${path}`;
    asked.push(line);
    req.resume();
    const answer = known[line];
    if (typeof answer === "function") return answer(res);
    if (answer === undefined) res.writeHead(404).end('{"message":"No such thing"}');
    else res.end(JSON.stringify(answer));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { host: `tcp://127.0.0.1:${port}`, asked };
}

const ALWAYS: Answers = {
  "GET /version": { ApiVersion: "1.44", MinAPIVersion: "1.12" },
  "GET /info": { ID: "the-engine", NCPU: 8 },
};
