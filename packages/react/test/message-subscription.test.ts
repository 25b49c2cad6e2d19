import type { Message } from "@automna/client";
import { expect, test } from "vitest";

import type { FrameSchedule } from "../src/runtime/frame-schedule.ts";
import { messageSubscription } from "../src/runtime/message-subscription.ts";
import { message, scriptedStore } from "./scripted-store.ts";

const say = (text: string, status: Message["status"] = "streaming") =>
  message("a", { status, parts: [{ type: "text", text }] });

function schedule(): {
  readonly at: FrameSchedule;
  readonly run: () => void;
  readonly waiting: () => number;
} {
  const tasks = new Set<() => void>();
  return {
    at: (task) => {
      tasks.add(task);
      return () => tasks.delete(task);
    },
    run: () => {
      for (const task of [...tasks].filter((one) => tasks.delete(one))) task();
    },
    waiting: () => tasks.size,
  };
}

function follow() {
  const store = scriptedStore();
  store.show(say("Hello"));
  const [short, long, fast] = [schedule(), schedule(), schedule()];
  const pace = { short: short.at, long: long.at, fast: fast.at };
  const { subscribe, getSnapshot } = messageSubscription(store, "a", pace);
  let told = 0;
  const stop = subscribe(() => {
    told += 1;
  });
  return { store, short, long, fast, stop, told: () => told, shown: () => getSnapshot()?.parts[0] };
}

test("many deltas are told once a frame", () => {
  const { store, short, told, shown } = follow();
  for (const text of ["Hello y", "Hello yo", "Hello you"]) store.show(say(text));
  expect(told()).toBe(0);
  short.run();
  expect(told()).toBe(1);
  expect(shown()).toEqual({ type: "text", text: "Hello you" });
});

test("a long text is told of less often than a short one", () => {
  const { store, short, long } = follow();
  store.show(say("word ".repeat(2_000)));
  expect([short.waiting(), long.waiting()]).toEqual([0, 1]);
});

test("a text that comes faster than anybody reads is told of least often, until it is slower again", () => {
  const { store, short, long, fast } = follow();
  const waiting = () => [short.waiting(), long.waiting(), fast.waiting()];
  store.show(say("word ".repeat(200)));
  short.run();
  store.show(say("word ".repeat(210)));
  expect(waiting()).toEqual([0, 0, 1]);
  fast.run();
  store.show(say("word ".repeat(220)));
  expect(waiting()).toEqual([1, 0, 0]);
});

test("the end is told at once, and nothing after it", () => {
  const { store, long, told, shown } = follow();
  store.show(say("word ".repeat(2_000)));
  store.show(say("The end.", "complete"));
  expect(told()).toBe(1);
  expect(shown()).toEqual({ type: "text", text: "The end." });
  long.run();
  expect(told()).toBe(1);
});

test("who no longer listens is told nothing", () => {
  const { store, short, stop, told } = follow();
  store.show(say("Hello you"));
  stop();
  short.run();
  expect(told()).toBe(0);
});
