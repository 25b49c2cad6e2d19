import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";

import { inlineArtifact } from "../src/inline-artifact.ts";

const ARTIFACT = { id: "a1", type: "image", title: "cat", mimeType: "image/png" };

/** A gateway's HTTP side that keeps one file. */
async function gatewayWith(content: Buffer): Promise<string> {
  const server = createServer((req, res) => {
    if (req.url === "/api/artifacts/download/1?ticket=x") return void res.end(content);
    if (req.url === "/moved")
      return void res.writeHead(302, { location: "/api/artifacts/download/1?ticket=x" }).end();
    res.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.address();
  return `ws://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
}

test("a file behind an address of the gateway's comes with the answer", async () => {
  const gateway = await gatewayWith(Buffer.from("a cat"));
  const answer = {
    artifact: ARTIFACT,
    url: "/api/artifacts/download/1?ticket=x",
    expiresAt: "2026-11-21T12:00:00Z",
  };
  expect(await inlineArtifact(answer, gateway)).toMatchObject({
    artifact: ARTIFACT,
    encoding: "base64",
    data: Buffer.from("a cat").toString("base64"),
  });
});

test("what the answer brings itself stays as it is", async () => {
  const answer = { artifact: ARTIFACT, encoding: "base64", data: "AAAA" };
  expect(await inlineArtifact(answer, "ws://127.0.0.1:1/")).toBe(answer);
});

test.each([
  ["https://elsewhere.test/1", /elsewhere/],
  ["/gone", /HTTP 404/],
  ["/moved", /fetch failed|redirect/],
])("a file at %s is not fetched", async (url, reason) => {
  const gateway = await gatewayWith(Buffer.from("a cat"));
  await expect(inlineArtifact({ artifact: ARTIFACT, url }, gateway)).rejects.toThrow(reason);
});

test("a file that is too large is given up", async () => {
  const gateway = await gatewayWith(Buffer.alloc(12 * 1024 * 1024 + 1));
  const answer = { artifact: ARTIFACT, url: "/api/artifacts/download/1?ticket=x" };
  await expect(inlineArtifact(answer, gateway)).rejects.toThrow("larger than 12 MB");
});
