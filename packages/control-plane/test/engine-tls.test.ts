import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Engine } from "../src/drivers/docker/engine.ts";

/** Signed by itself, for this machine's own address: no key lies in the repository. */
function newCertificate(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "automna-engine-tls-"));
  const [keyFile, certFile] = [join(folder, "key"), join(folder, "cert")];
  try {
    const subject = ["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"];
    const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const files = ["-keyout", keyFile, "-out", certFile, "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...algorithm, ...files, ...subject], { stdio: "pipe" });
    return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [server, client, stranger] = [newCertificate(), newCertificate(), newCertificate()];

/** As `dockerd --tlsverify`: nobody is answered without a certificate that it knows. */
async function startEngine(): Promise<string> {
  const engine = createServer(
    { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true },
    (_req, res) => {
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify({ ApiVersion: "1.44", MinAPIVersion: "1.12" }));
    },
  );
  await once(engine.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    engine.close();
    engine.closeAllConnections();
  });
  return `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`;
}

test("an engine behind TLS answers who has a certificate that it knows", async () => {
  const engine = new Engine({ host: await startEngine(), tls: { ca: server.cert, ...client } });
  expect(await engine.ask((docker) => docker.version())).toMatchObject({ ApiVersion: "1.44" });
});

test.each([
  ["without a certificate", undefined],
  ["by a certificate that it does not know", { ca: server.cert, ...stranger }],
  ["that it cannot vouch for", { ca: stranger.cert, ...client }],
])("an engine is not spoken to %s", async (_, tls) => {
  const engine = new Engine({ host: await startEngine(), ...(tls && { tls }) });
  await expect(engine.ask((docker) => docker.version())).rejects.toMatchObject({ name: "EngineError" });
});
