import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request as plainRequest, type IncomingHttpHeaders } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Answer } from "./front.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What stands before the app in a deployment: it ends TLS and says for whom it asks. */
export interface TlsTerminator {
  /** A request as a browser sends it, certificate checked. */
  ask(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** A WebSocket that is not open yet. */
  socket(url: string, headers?: Readonly<Record<string, string>>): WebSocket;
}

/** @param names For its certificate. */
export async function startTlsTerminator(appPort: number, names: readonly string[]): Promise<TlsTerminator> {
  const { cert, key } = await newCertificate(names);
  const server = createServer({ cert, key });
  const forwarded = (headers: IncomingHttpHeaders, from: string | undefined) => ({
    ...headers,
    "x-forwarded-proto": "https",
    "x-forwarded-for": from ?? "",
    "x-forwarded-host": headers.host ?? "",
  });
  server.on("request", (req, res) => {
    const headers = forwarded(req.headers, req.socket.remoteAddress);
    const onward = plainRequest(
      { port: appPort, method: req.method, path: req.url, headers, agent: false },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(res);
      },
    );
    onward.on("error", () => res.destroy());
    req.pipe(onward);
  });
  server.on("upgrade", (req, socket) => {
    const headers = forwarded(req.headers, "remoteAddress" in socket ? String(socket.remoteAddress) : "");
    const onward = plainRequest({ port: appPort, path: req.url, headers, agent: false });
    onward.on("upgrade", (answer, upstream) => {
      const lines = answer.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
      );
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
      upstream.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    });
    onward.on("response", ({ statusCode = 502 }) => socket.end(`HTTP/1.1 ${statusCode} No\r\n\r\n`));
    onward.on("error", () => socket.destroy()).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    ask: (url, headers = {}) => askOverTls(new URL(url), port, cert, headers),
    socket(url, headers = {}) {
      const { hostname, pathname } = new URL(url);
      const socket = new WebSocket(`wss://127.0.0.1:${port}${pathname}`, {
        agent: new Agent({ ca: cert, servername: hostname }),
        headers: { host: hostname, ...headers },
      });
      // Whoever waits for it to open hears of an error; after that nobody need.
      socket.on("error", () => undefined);
      onTestFinished(() => socket.terminate());
      return socket;
    },
  };
}

function askOverTls(
  { hostname, pathname, search }: URL,
  port: number,
  ca: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, servername: hostname, ca, agent: false };
    const asked = request(
      { ...options, path: pathname + search, headers: { host: hostname, ...headers } },
      (res) => {
        let body = "";
        res.on("data", (chunk: Buffer) => (body += chunk.toString()));
        res.on("end", () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
      },
    );
    asked.on("error", reject).end();
  });
}

async function newCertificate(names: readonly string[]): Promise<{ cert: string; key: string }> {
  const folder = await temporaryFolder();
  const [keyFile, certFile] = [join(folder, "key"), join(folder, "cert")];
  const alternatives = names.map((name) => `DNS:${name}`).join(",");
  const subject = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${alternatives}`];
  const files = ["-keyout", keyFile, "-out", certFile, "-days", "2"];
  const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...algorithm, ...files, ...subject], { stdio: "pipe" });
  return { cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
}
