import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startDockerDriver } from "../src/containers/index.ts";
import { specWith } from "./support/instances.ts";

/** A driver of an engine that has no image, and answers a pull in its own way. */
async function startPulling(pull: (res: ServerResponse) => void) {
  const server = createServer((req, res) => {
    const path = (req.url ?? "").replace(/^\/v[\d.]+/, "");
    if (path.startsWith("/images/create")) {
      res.write('{"status":"Pulling from somewhere"}\n');
      return pull(res);
    }
    if (path.startsWith("/images/")) res.writeHead(404).end('{"message":"No such image"}');
    else res.end('{"ApiVersion":"1.44","MinAPIVersion":"1.12","ID":"the-engine"}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const driver = startDockerDriver({
    engine: { host: `tcp://127.0.0.1:${port}` },
    policy: { images: { demo: "gateway:1" } },
  });
  onTestFinished(async () => {
    await driver.close();
    server.close();
    server.closeAllConnections();
  });
  return driver;
}

test("an engine that goes away during a pull has said nothing of the image", async () => {
  const driver = await startPulling((res) => res.destroy());
  await expect(driver.prepare(specWith())).rejects.toMatchObject({ code: "engine-unreachable" });
});

test("an image that its registry refuses in the midst of a pull is missing", async () => {
  const driver = await startPulling((res) => res.end('{"error":"manifest unknown"}\n'));
  await expect(driver.prepare(specWith())).rejects.toMatchObject({
    code: "gateway-missing",
    message: expect.stringContaining("manifest unknown"),
  });
});

test("a pull ends with the run that wanted it, and nothing waits behind it", async () => {
  const ended = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const driver = await startPulling((res) => {
    res.on("close", ended.resolve);
    begun.resolve();
  });
  const spec = specWith();
  const run = new AbortController();
  const pulled = driver.prepare(spec, undefined, run.signal);
  const refused = expect(pulled).rejects.toMatchObject({ code: "engine-unreachable" });
  await begun.promise;
  run.abort();
  await refused;
  await ended.promise;
});
