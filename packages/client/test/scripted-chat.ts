import type { VirtualClock } from "@automna/testing";
import { onTestFinished } from "vitest";

import {
  ConnectionPool,
  createChatStore,
  memoryStorage,
  type ChatStore,
  type ChatStoreOptions,
} from "../src/index.ts";
import { testWorld, type TestWorld } from "./chat-rig.ts";
import { scriptedGateway, type Answers, type ScriptedGateway } from "./scripted-gateway.ts";

/** A chat with a gateway that says what the test wrote down, in virtual time. */
export interface ScriptedChat {
  readonly clock: VirtualClock;
  readonly chat: ChatStore;
  readonly gateway: ScriptedGateway;
  /** Until the history is there, and what was asked along with it. */
  ready(): Promise<void>;
}

export interface ScriptedChatOptions extends Partial<ChatStoreOptions> {
  /** Default: one of its own. */
  readonly world?: TestWorld;
}

/** Starts a chat until the test is over. */
export function scriptedChat(
  gateway: ScriptedGateway,
  { world = testWorld(), ...options }: ScriptedChatOptions = {},
): ScriptedChat {
  const { clock, environment } = world;
  const chat = createChatStore({
    gatewayUrl: "wss://gateway.test/",
    authToken: null,
    pool: new ConnectionPool(),
    storage: memoryStorage(),
    transport: gateway.transport,
    environment,
    ...options,
  });
  chat.start();
  onTestFinished(() => chat.dispose());
  return {
    clock,
    chat,
    gateway,
    async ready() {
      if (!(await clock.advanceUntil(() => chat.getState().history.status === "ready")))
        throw new Error(`The history is ${JSON.stringify(chat.getState().history)}.`);
      await clock.advanceAsync(10);
    },
  };
}

/** The same, once it is ready. */
export async function openScriptedChat(
  answers: Answers,
  { protocol = 4, ...options }: ScriptedChatOptions & { readonly protocol?: 3 | 4 } = {},
): Promise<ScriptedChat> {
  const opened = scriptedChat(scriptedGateway(protocol, answers), options);
  await opened.ready();
  return opened;
}
