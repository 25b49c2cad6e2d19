import type { ChatState, Message } from "@automna/client";
import { expect, test } from "vitest";

import { quietly } from "../src/runtime/quiet-subscription.ts";
import { message, scriptedStore } from "./scripted-store.ts";

const say = (text: string, change: Partial<Message> = {}) =>
  message("a", { status: "streaming", parts: [{ type: "text", text }], ...change });

/** A chat in which a reply is being written, and how often its quiet listener was told. */
function listen() {
  const store = scriptedStore();
  const { order, settled } = { order: ["a"], settled: {} };
  const show = (shown: Message) => store.set({ transcript: { order, settled, live: { a: shown } } });
  show(say("Hello"));
  let told = 0;
  const stop = quietly(store)(() => {
    told += 1;
  });
  return { store, show, stop, told: () => told, settled, order };
}

test("text that comes to a message is told to nobody else", () => {
  const { show, told } = listen();
  for (const text of ["Hello y", "Hello yo", "Hello you"]) show(say(text));
  expect(told()).toBe(0);
});

test("everything else is told", () => {
  const { store, show, told, order, settled } = listen();
  const changes: Partial<ChatState>[] = [
    { everConnected: false },
    { notice: { kind: "unknown", message: "No." } },
    { transcript: { order: ["a", "b"], settled, live: { a: say("Hello") } } },
    { transcript: { order, settled: { b: message("b") }, live: { a: say("Hello") } } },
    { transcript: { order, settled, live: {} } },
  ];
  for (const [index, change] of changes.entries()) {
    show(say("Hello"));
    const before = told();
    store.set(change);
    expect([index, told() - before]).toEqual([index, 1]);
  }
});

test("the end of a message, a new part of it and another time of day are told", () => {
  const { show, told } = listen();
  show(say("Hello", { createdAt: 1 }));
  show(say("Hello", { createdAt: 1, parts: [...say("Hello").parts, { type: "reasoning", text: "Why?" }] }));
  show(say("Hello", { createdAt: 1, status: "complete" }));
  expect(told()).toBe(3);
});

test("a tool that is done is told, and text that follows it is not", () => {
  const { show, told } = listen();
  const call = { type: "tool-call", toolCallId: "t1", name: "exec", args: {} } as const;
  const running = { ...call, state: "running" } as const;
  const done = { ...call, state: "done" } as const;
  const text = (said: string) => ({ type: "text", text: said }) as const;
  show(say("", { parts: [running, text("Hello")] }));
  const before = told();
  show(say("", { parts: [running, text("Hello y")] }));
  expect(told() - before).toBe(0);
  show(say("", { parts: [done, text("Hello y")] }));
  expect(told() - before).toBe(1);
});

test("who stopped listening is told nothing, and others still are", () => {
  const { store, stop, told } = listen();
  let others = 0;
  const stopOther = quietly(store)(() => {
    others += 1;
  });
  stop();
  stop();
  store.set({ everConnected: false });
  expect([told(), others]).toEqual([0, 1]);
  stopOther();
  store.set({ everConnected: true });
  expect(others).toBe(1);
});
