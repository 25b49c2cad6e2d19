import { NODE_CLIENT, createChatStore, messageText, selectMessages } from "@automna/client";
import { createFakeGateway, say } from "@automna/testing";
import { startFakeGatewayServer } from "@automna/testing/ws";
import assert from "node:assert/strict";
import { test } from "node:test";

await test("a program chats with the gateway", async () => {
  const gateway = createFakeGateway({ model: () => say("Hello from the packages.") });
  const server = await startFakeGatewayServer(gateway);
  const chat = createChatStore({ gatewayUrl: server.url, authToken: "test-token", client: NODE_CLIENT });
  const lines = () => selectMessages(chat.getState()).map(messageText);
  const answered = new Promise((resolve) => {
    chat.subscribe(() => {
      if (lines().includes("Hello from the packages.") && chat.getState().runs.length === 0) resolve();
    });
  });
  const release = chat.start();
  chat.actions.send("Hello");
  await answered;
  assert.deepEqual(lines(), ["Hello", "Hello from the packages."]);
  release();
  await server.close();
  gateway.close();
});
