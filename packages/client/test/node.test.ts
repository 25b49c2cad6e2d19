import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createFakeGateway } from "@automna/testing";
import { startFakeGatewayServer } from "@automna/testing/ws";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { ConnectionPool, messageText, selectMessages, type ChatStore } from "../src/index.ts";
import { createNodeChat, fileStorage, MissingWebSocketError } from "../src/node/index.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-client-"));
});

// What a chat keeps is written after the fact: a file may come while the folder goes.
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));

const texts = (chat: ChatStore) => selectMessages(chat.getState()).map(messageText);

describe.each([3, 4] as const)("a program that speaks protocol %i", (protocol) => {
  test("chats over Node's own WebSocket, and keeps its device key from one start to the next", async () => {
    const gateway = createFakeGateway({ protocol });
    const server = await startFakeGatewayServer(gateway);
    onTestFinished(() => server.close());
    const path = join(folder, "state", "chat.json");
    const devices = new Set<unknown>();
    for (const text of ["one", "two"]) {
      const chat = createNodeChat({
        gatewayUrl: server.url,
        authToken: "test-token",
        storage: fileStorage(path),
        pool: new ConnectionPool(),
      });
      chat.start();
      chat.actions.send(text);
      await vi.waitFor(() => expect(texts(chat).at(-1)).toBe(`Echo: ${text}`));
      await vi.waitFor(() => expect(chat.getState().outbox).toEqual([]));
      chat.dispose();
      if (protocol === 4) {
        const kept: Record<string, string> = JSON.parse(await readFile(path, "utf8"));
        devices.add(JSON.parse(kept["automna:device:1"] ?? "{}").deviceId);
      }
    }
    expect(gateway.runsStarted).toHaveLength(2);
    if (protocol === 4) expect([...devices]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});

test("a Node without a WebSocket is told what to do", () => {
  vi.stubGlobal("WebSocket", undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  expect(() => createNodeChat({ gatewayUrl: "ws://127.0.0.1:1", authToken: null })).toThrow(
    MissingWebSocketError,
  );
});

describe("a file as storage", () => {
  test("keeps values for the next program, readable by its owner alone", async () => {
    const path = join(folder, "deep", "values.json");
    const storage = fileStorage(path);
    await Promise.all([storage.set("a:1", "x"), storage.set("a:2", "y"), storage.set("b", "z")]);
    await storage.remove("a:1");
    const next = fileStorage(path);
    expect(await next.get("a:2")).toBe("y");
    expect(await next.get("a:1")).toBeNull();
    expect(await next.keys("a:")).toEqual(["a:2"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("what was changed last is what the file holds, however many changes are under way", async () => {
    const path = join(folder, "values.json");
    const storage = fileStorage(path);
    await Promise.all(Array.from({ length: 50 }, (_, index) => storage.set("key", String(index))));
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ key: "49" });
  });

  test("a damaged file is an error and stays as it is", async () => {
    const path = join(folder, "values.json");
    await writeFile(path, "{ half");
    const storage = fileStorage(path);
    await expect(storage.get("a")).rejects.toThrow();
    await expect(storage.set("a", "b")).rejects.toThrow();
    expect(await readFile(path, "utf8")).toBe("{ half");
  });
});
