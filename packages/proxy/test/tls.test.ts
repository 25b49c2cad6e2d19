import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import type { RouteTls } from "../src/index.ts";
import { SWITCHING, openRaw, upgradeRequest } from "./raw-client.ts";
import { listen, readyRoute, startFront } from "./rig.ts";

/** A certificate of its own for every run: no key lies in the repository. */
function newCertificate(name: string): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "automna-tls-"));
  const [keyFile, certFile] = [join(folder, "key"), join(folder, "cert")];
  try {
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    const files = ["-keyout", keyFile, "-out", certFile, "-days", "2"];
    const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...algorithm, ...files, ...subject], { stdio: "pipe" });
    return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { cert, key } = newCertificate("upstream.test");

async function startSecureUpstream(): Promise<{ origin: string; server: Server; names: unknown[] }> {
  const names: unknown[] = [];
  const server = createServer({ cert, key }, (_req, res) => res.end("secure"));
  server.on("upgrade", (_req, socket) => socket.write(SWITCHING));
  server.on("secureConnection", (socket) => names.push(socket.servername));
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `https://127.0.0.1:${port}`, server, names };
}

async function ask(port: number, kind: string): Promise<string> {
  const client = openRaw(port);
  client.send(
    kind === "HTTP" ? "GET /r/ HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n" : upgradeRequest("/r/"),
  );
  return client.has(/^HTTP[^]*\r\n\r\n/);
}

describe.each(["HTTP", "WebSocket"])("an upstream with TLS, over %s", (kind) => {
  const ok = kind === "HTTP" ? "200" : "101";

  test.each<[string, RouteTls | undefined, string]>([
    ["is not believed without a known authority", undefined, "502"],
    ["is not believed under another name", { ca: cert, serverName: "other.test" }, "502"],
    ["is believed with its authority and name", { ca: cert, serverName: "upstream.test" }, ok],
    ["is believed with one of several authorities", { ca: [cert, cert], serverName: "upstream.test" }, ok],
    ["is believed where the route gives up verification", { verify: false }, ok],
  ])("%s", async (_what, tls, status) => {
    const upstream = await startSecureUpstream();
    const front = await startFront({
      route: readyRoute(upstream.origin, { target: { origin: upstream.origin, ...(tls ? { tls } : {}) } }),
    });
    expect((await ask(front.port, kind)).slice(9, 12)).toBe(status);
    if (status !== "502") expect(upstream.names).toEqual([tls?.serverName ?? false]);
  });
});
