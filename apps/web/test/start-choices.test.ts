import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ModelChoice } from "../src/model-variables.ts";
import { chooseGatewayProgram, installDir } from "../src/server/gateway-program.ts";
import { chooseModel, describeModel } from "../src/server/model-provider.ts";
import { tokenKeys } from "../src/server/token-keys.ts";
import { listenAnywhere } from "./support/front.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const NONE: ModelChoice = { openaiBaseUrl: null, openaiKey: null, anthropicKey: null, model: null };

async function modelServer(answer: unknown): Promise<string> {
  const server = createServer((req, res) => {
    const allowed = req.url === "/v1/models" && req.headers.authorization === "Bearer the-key";
    res.writeHead(allowed ? 200 : 401).end(JSON.stringify(answer));
  });
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${await listenAnywhere(server)}/v1`;
}

describe("the model", () => {
  test.each([
    [{}, null],
    [{ openaiKey: "k" }, { kind: "openai", apiKey: "k" }],
    [
      { anthropicKey: "k", model: "m" },
      { kind: "anthropic", apiKey: "k", modelId: "m" },
    ],
    [
      { openaiKey: "k", anthropicKey: "l" },
      { kind: "openai", apiKey: "k" },
    ],
    [
      { openaiBaseUrl: "http://x/v1/", openaiKey: "k", anthropicKey: "l", model: "m" },
      { kind: "openai-compatible", baseUrl: "http://x/v1", apiKey: "k", modelId: "m" },
    ],
  ])("of %o is %o", async (choice, expected) => {
    expect(await chooseModel({ ...NONE, ...choice })).toEqual(expected);
  });

  test("of a server is the first that it lists, when none is named", async () => {
    const openaiBaseUrl = await modelServer({ data: [{ id: "first" }, { id: "second" }] });
    expect(await chooseModel({ ...NONE, openaiBaseUrl, openaiKey: "the-key" })).toMatchObject({
      modelId: "first",
    });
  });

  test("of a server that lists none is a question to whoever starts the app", async () => {
    const openaiBaseUrl = await modelServer({ data: [] });
    await expect(chooseModel({ ...NONE, openaiBaseUrl, openaiKey: "the-key" })).rejects.toMatchObject({
      code: "model-unknown",
      message: expect.stringContaining("MODEL"),
    });
  });

  test("is described without its key", async () => {
    for (const choice of [
      { openaiKey: "s3cret" },
      { anthropicKey: "s3cret" },
      { openaiBaseUrl: "http://x", openaiKey: "s3cret", model: "m" },
    ])
      expect(describeModel(await chooseModel({ ...NONE, ...choice }))).not.toContain("s3cret");
    expect(describeModel(null)).toContain("OPENAI_API_KEY");
  });
});

describe("the gateway", () => {
  const choose = (
    dataDir: string,
    product: "auto" | "openclaw" | "clawdbot" | "demo",
    command: string | null = null,
  ) => chooseGatewayProgram({ product, command }, { dataDir, searchPath: "" });

  async function installed(
    dataDir: string,
    product: "openclaw" | "clawdbot",
    version: string,
  ): Promise<void> {
    const folder = join(installDir(dataDir, product), "node_modules", product);
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({ name: product, version, bin: "entry.js" }),
    );
  }

  test("is the demo where nothing is installed", async () => {
    expect(await choose(await temporaryFolder(), "auto")).toMatchObject({ kind: "demo", product: "demo" });
  });

  test("is OpenClaw before Clawdbot where both are, and the demo when asked for", async () => {
    const dataDir = await temporaryFolder();
    await installed(dataDir, "clawdbot", "2026.1.24-3");
    expect(await choose(dataDir, "auto")).toMatchObject({ product: "clawdbot" });
    await installed(dataDir, "openclaw", "2026.9.6");
    expect(await choose(dataDir, "auto")).toMatchObject({ product: "openclaw", version: "2026.9.6" });
    expect(await choose(dataDir, "demo")).toMatchObject({ product: "demo" });
  });

  test("that was asked for and is not there is an error that says how to get it", async () => {
    await expect(choose(await temporaryFolder(), "openclaw")).rejects.toMatchObject({
      code: "gateway-missing",
      message: expect.stringContaining("npm start -- --gateway openclaw"),
    });
  });

  test("that cannot start is passed over, and the reason is told", async () => {
    const dataDir = await temporaryFolder();
    await installed(dataDir, "clawdbot", "2026.1.24");
    const reasons: string[] = [];
    const choice = { product: "auto", command: null } as const;
    const onUnusable = (reason: string) => reasons.push(reason);
    expect(await chooseGatewayProgram(choice, { dataDir, searchPath: "", onUnusable })).toMatchObject({
      product: "demo",
    });
    expect(reasons).toEqual([expect.stringContaining("2026.1.24-3")]);
  });

  test("of a command is that command, of the product that GATEWAY names", async () => {
    const dataDir = await temporaryFolder();
    expect(await choose(dataDir, "auto", "my-gateway --port {port}")).toMatchObject({
      kind: "command",
      product: "openclaw",
    });
    expect(await choose(dataDir, "clawdbot", "my-gateway --port {port}")).toMatchObject({
      product: "clawdbot",
    });
  });
});

describe("the keys that seal tokens", () => {
  test("are made once, are the same at the next start, and only their owner can read them", async () => {
    const dataDir = await temporaryFolder();
    const [first, racing] = await Promise.all([tokenKeys(null, dataDir), tokenKeys(null, dataDir)]);
    expect(first[0].id).toBe("local");
    expect(racing).toEqual(first);
    expect(await tokenKeys(null, dataDir)).toEqual(first);
    expect((await stat(join(dataDir, "token-keys"))).mode & 0o777).toBe(0o600);
  });

  test("that are configured are used, and none are made", async () => {
    const dataDir = await temporaryFolder();
    const configured = `b:${randomBytes(32).toString("base64")},a:${randomBytes(32).toString("base64")}`;
    expect((await tokenKeys(configured, dataDir)).map(({ id }) => id)).toEqual(["b", "a"]);
    await expect(readFile(join(dataDir, "token-keys"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
