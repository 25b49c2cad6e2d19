import { expect, onTestFinished, test } from "vitest";

import { ConnectionPool, createChatStore, memoryStorage } from "../src/index.ts";
import { SESSION, testWorld } from "./chat-rig.ts";
import { scriptedGateway } from "./scripted-gateway.ts";

const ANSWER_MS = 450;

test("the list is shown while another session streams, and is asked for once at a time, now and then", async () => {
  const { clock, environment } = testWorld();
  let open = 0;
  let most = 0;
  let asked = 0;
  const gateway = scriptedGateway(4, {
    "sessions.list": async () => {
      open += 1;
      most = Math.max(most, open);
      const sessions = [{ key: SESSION, label: `List ${(asked += 1)}` }];
      await new Promise<void>((resolve) => void environment.after(ANSWER_MS, resolve));
      open -= 1;
      return { sessions };
    },
  });
  const chat = createChatStore({
    gatewayUrl: "wss://gateway.test/",
    authToken: null,
    pool: new ConnectionPool(),
    storage: memoryStorage(),
    transport: gateway.transport,
    environment,
  });
  chat.start();
  onTestFinished(() => chat.dispose());
  await clock.advanceUntil(() => chat.getState().history.status === "ready");
  chat.actions.watchSessions();
  const title = () => {
    const { sessions } = chat.getState();
    return sessions.status === "ready" ? sessions.items[0]?.title : sessions.status;
  };
  const stream = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      gateway.emit("sessions.changed", { sessionKey: "agent:main:other", phase: "message", ts: passed });
      await clock.advanceAsync(100);
    }
  };
  await stream(600);
  expect(title()).toBe("List 1");
  await stream(5_400);
  expect(most).toBe(1);
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThanOrEqual(6);
  await clock.advanceAsync(5_000);
  // What changed last is looked at once more, and then nothing any more.
  const total = asked;
  expect(title()).toBe(`List ${total}`);
  await clock.advanceAsync(5_000);
  expect(asked).toBe(total);
});
