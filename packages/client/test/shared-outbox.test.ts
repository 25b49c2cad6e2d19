import { expect, describe, onTestFinished, test } from "vitest";

import {
  memoryStorage,
  selectMessages,
  storageScopeOf,
  type ChatStore,
  type ClientStorage,
} from "../src/index.ts";
import { chatRig, SESSION, testWorld, type ChatRig } from "./chat-rig.ts";
import { openScriptedChat } from "./scripted-chat.ts";
import { refusal, type Answers } from "./scripted-gateway.ts";

const stored = ({ gateway }: ChatRig) =>
  gateway
    .transcript(SESSION)
    .filter(({ role }) => role === "user")
    .map(({ text }) => text);

const waiting = (chat: ChatStore) => chat.getState().outbox.map(({ text }) => text);

/** As IndexedDB: every answer takes a while. */
function slow(storage: ClientStorage, { clock }: Pick<ChatRig, "clock">): ClientStorage {
  const pause = () => new Promise<void>((resolve) => void clock.setTimeout(resolve, 5));
  return {
    get: async (key) => (await pause(), storage.get(key)),
    set: async (key, value) => (await pause(), storage.set(key, value)),
    remove: async (key) => (await pause(), storage.remove(key)),
    keys: async (prefix) => (await pause(), storage.keys(prefix)),
  };
}

describe.each([3, 4] as const)("two pages of one person, over version %i", (protocol) => {
  describe.each(["at once", "after a while"] as const)("whose storage answers %s", (when) => {
    /** Both pages know the messages; nobody answers them yet. */
    async function pages(...texts: string[]) {
      const options: { storage?: ClientStorage } = {};
      const rig = chatRig({ protocol }, options);
      if (when === "after a while") {
        options.storage = slow(rig.storage, rig);
        rig.reload();
      }
      await rig.ready();
      rig.gateway.kill();
      await rig.clock.advanceAsync(1_000);
      const ids = texts.map((text) => rig.chat.actions.send(text));
      await rig.clock.advanceAsync(1_000);
      const other = rig.beside();
      onTestFinished(() => other.dispose());
      await rig.clock.advanceUntil(() => other.getState().outbox.length === texts.length);
      return { rig, ids, other };
    }

    test("what one of them discards is not sent by the other, and what waits behind it is", async () => {
      const { rig, ids, other } = await pages("one", "two", "three");
      rig.chat.actions.discard(ids[0] ?? "");
      rig.chat.actions.discard(ids[1] ?? "");
      await rig.clock.advanceAsync(1_000);
      rig.chat.dispose();
      rig.gateway.start();
      await rig.clock.advanceAsync(30_000);
      expect(stored(rig)).toEqual(["three"]);
      expect(waiting(other)).toEqual([]);
    });

    test("what both hold goes out once, in its order", async () => {
      const { rig, other } = await pages("one", "two", "three");
      rig.gateway.start();
      await rig.clock.advanceAsync(30_000);
      expect(stored(rig)).toEqual(["one", "two", "three"]);
      expect([waiting(rig.chat), waiting(other)]).toEqual([[], []]);
    });

    test("what was refused and is asked again in both runs once, and both show it", async () => {
      const world = testWorld();
      const { clock } = world;
      const kept = memoryStorage();
      const storage = when === "at once" ? kept : slow(kept, { clock });
      let refuses = true;
      const keys = new Set<unknown>();
      const page = async () => {
        const answers: Answers = {
          "chat.send": ({ idempotencyKey }) => {
            if (refuses) return refusal("not like this");
            keys.add(idempotencyKey);
            return { runId: idempotencyKey, status: "started" };
          },
        };
        return (await openScriptedChat(answers, { protocol, world, storage })).chat;
      };
      const one = await page();
      const sendId = one.actions.send("say");
      await clock.advanceUntil(() => one.getState().outbox[0]?.state === "failed");
      await clock.advanceAsync(100);
      const other = await page();
      expect(other.getState().outbox).toMatchObject([{ sendId, state: "failed" }]);
      refuses = false;
      one.actions.retry(sendId);
      one.actions.retry(sendId);
      await clock.advanceAsync(1_000);
      other.actions.retry(sendId);
      await clock.advanceAsync(1_000);
      expect(keys.size).toBe(1);
      expect(other.getState().outbox.map((entry) => entry.sendId)).toEqual([...keys]);
      expect(selectMessages(other.getState())).toMatchObject([{ parts: [{ text: "say" }] }]);
    });
  });
});

test.each([3, 4] as const)(
  "over version %i, messages whose storage is emptied go out all the same, once and in order",
  async (protocol) => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    for (const text of ["one", "two", "three"]) rig.chat.actions.send(text);
    await rig.clock.advanceAsync(1_000);
    for (const key of await rig.storage.keys("")) await rig.storage.remove(key);
    rig.gateway.start();
    expect(await rig.quiet()).toBe(true);
    expect(stored(rig)).toEqual(["one", "two", "three"]);
  },
);

test("a refused message is asked again, however many of several pages wait", async () => {
  const world = testWorld();
  const { clock } = world;
  const storage = memoryStorage();
  let refuses = true;
  const answers: Answers = {
    "chat.send": ({ idempotencyKey }) =>
      refuses ? refusal("not like this") : { runId: idempotencyKey, status: "started" },
  };
  const page = async () => (await openScriptedChat(answers, { world, storage })).chat;
  const former = await page();
  const sendId = former.actions.send("say");
  await clock.advanceUntil(() => former.getState().outbox[0]?.state === "failed");
  await clock.advanceAsync(100);
  const [key = ""] = await storage.keys("automna:outbox:1:");
  const text = (await storage.get(key)) ?? "";
  for (let count = 1; count <= 100; count += 1)
    await storage.set(key.replace(sendId, `other-${count}`), text.replace(sendId, `other-${count}`));
  const chat = await page();
  expect(chat.getState().outbox).toHaveLength(101);
  refuses = false;
  chat.actions.retry(sendId);
  await clock.advanceAsync(1_000);
  expect(chat.getState().outbox).toHaveLength(101);
  expect(chat.getState().outbox.at(-1)).toMatchObject({ text: "say", attempts: 1 });
});

test("messages of one millisecond keep their order over a reload", async () => {
  const rig = chatRig({ protocol: 4 });
  await rig.ready();
  rig.gateway.kill();
  await rig.clock.advanceAsync(1_000);
  const texts = Array.from({ length: 12 }, (_, index) => `${index}`);
  for (const text of texts) rig.chat.actions.send(text);
  await rig.clock.advanceAsync(100);
  // A storage lists its keys as it likes.
  const shuffled: ClientStorage = {
    ...rig.storage,
    keys: async (prefix) => [...(await rig.storage.keys(prefix))].toReversed(),
  };
  const other = rig.beside({ storage: shuffled });
  onTestFinished(() => other.dispose());
  await rig.clock.advanceUntil(() => other.getState().outbox.length === texts.length);
  expect(waiting(other)).toEqual(texts);
});

describe("one person's unsent messages are not another's", () => {
  const ADDRESS = "ws://gateway.test/";
  const provided = (value: string) => (): string => value;
  const adas = provided("ada");
  const here = provided(ADDRESS);

  /** What a page shows of what another one left in the same storage. */
  async function left(
    former: {
      gatewayUrl?: string | (() => string);
      authToken?: string | null | (() => string);
      storageScope?: string;
    },
    next: typeof former,
  ): Promise<string[]> {
    const storage = memoryStorage();
    const rig = chatRig({ protocol: 3 }, { storage, ...former });
    rig.gateway.kill();
    rig.chat.actions.send("private");
    await rig.clock.advanceAsync(1_000);
    rig.chat.dispose();
    const chat = rig.beside(next);
    onTestFinished(() => chat.dispose());
    await rig.clock.advanceAsync(1_000);
    return waiting(chat);
  }

  test.each([
    ["the same token", { authToken: "ada" }, { authToken: "ada" }, ["private"]],
    ["another token", { authToken: "ada" }, { authToken: "bob" }, []],
    ["no token where there was one", { authToken: "ada" }, { authToken: null }, []],
    ["a token where there was none", { authToken: null }, { authToken: "ada" }, []],
    ["another address", { gatewayUrl: ADDRESS }, { gatewayUrl: "ws://other.test/" }, []],
    ["the same host at another port", { gatewayUrl: "ws://a.test:1" }, { gatewayUrl: "ws://a.test" }, []],
    ["a token from a function: it may be anybody's", { authToken: adas }, { authToken: adas }, []],
    ["an address from a function", { gatewayUrl: here }, { gatewayUrl: here }, []],
    [
      "functions, and a scope that names the person",
      { authToken: provided("old"), storageScope: "ada" },
      { authToken: provided("rotated"), storageScope: "ada" },
      ["private"],
    ],
    ["another scope", { storageScope: "ada" }, { storageScope: "bob" }, []],
  ] as const)("%s", async (_name, former, next, expected) => {
    expect(await left(former, next)).toEqual(expected);
  });

  test("what functions lead to anybody's gateway is never written to the storage", async () => {
    const storage = memoryStorage();
    const written: string[] = [];
    const watched: ClientStorage = {
      ...storage,
      set: (key, value) => {
        written.push(key);
        return storage.set(key, value);
      },
    };
    const rig = chatRig({ protocol: 3 }, { storage: watched, authToken: provided("test-token") });
    await rig.ready();
    rig.chat.actions.send("private");
    expect(await rig.quiet()).toBe(true);
    expect(stored(rig)).toEqual(["private"]);
    expect(written.filter((key) => key.includes("outbox"))).toEqual([]);
  });

  test("the scope tells nothing of the token but a mark that many share", () => {
    const token = "3f9a0c6e5b7d41d2a8e6f00b";
    const scope = storageScopeOf({ gatewayUrl: "wss://gateway.test/?session=1", authToken: token });
    expect(scope).toMatch(/^wss:\/\/gateway\.test\/#[0-9a-z]{1,7}$/);
  });
});
