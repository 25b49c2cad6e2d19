import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startDockerDriver } from "../src/containers/index.ts";
import { Engine } from "../src/drivers/docker/engine.ts";
import { ensureImage } from "../src/drivers/docker/images.ts";
import { startFakeEngine } from "./support/fake-engine.ts";
import { specWith } from "./support/instances.ts";

/** An engine that has no image, and goes on with a pull in its own way. */
function engineThat(pull: (res: ServerResponse) => void) {
  return startFakeEngine({
    "POST /images/create"(res) {
      res.write('{"status":"Pulling from somewhere"}\n');
      pull(res);
    },
  });
}

/** A driver of such an engine. */
async function startPulling(pull: (res: ServerResponse) => void) {
  const { host } = await engineThat(pull);
  const driver = startDockerDriver({ engine: { host }, policy: { images: { demo: "gateway:1" } } });
  onTestFinished(() => driver.close());
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

test("a pull that goes on for too long is told of as what it is, and has said nothing of the image", async () => {
  const { host } = await engineThat(() => undefined);
  const pulled = ensureImage(new Engine({ host }), "gateway:1", "missing", undefined, undefined, 50);
  await expect(pulled).rejects.toMatchObject({
    code: "engine-unreachable",
    message: expect.stringContaining("gateway:1 could not be pulled within"),
  });
});

test("a pull ends with the run that wanted it", async () => {
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const driver = await startPulling((res) => {
    res.on("close", ended.resolve);
    begun.resolve();
  });
  const run = new AbortController();
  const pulled = driver.prepare(specWith(), undefined, run.signal);
  const refused = expect(pulled).rejects.toMatchObject({ code: "engine-unreachable" });
  await begun.promise;
  run.abort();
  await refused;
  await ended.promise;
});
