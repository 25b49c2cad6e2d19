import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Instance } from "../src/api/instance.ts";
import {
  type FeedEvent,
  type FeedView,
  phaseSeconds,
  reduceFeed,
  watchInstance,
} from "../src/browser/instance-feed.ts";

const instance: Instance = {
  id: "0123456789abcdef01234567",
  state: "ready",
  desired: "running",
  observed: "ready",
  phase: null,
  rotating: false,
  upgrading: false,
  product: "openclaw",
  driver: "docker",
  image: null,
  subdomain: "u-abcdefghij",
  dashboardUrl: "/i/0123456789abcdef01234567/",
  limits: null,
  cost: null,
  stopReason: null,
  readySince: null,
  lastActivityAt: null,
  createdAt: "2026-11-21T10:00:00.000Z",
  failure: null,
  deletedAt: null,
  purgeAfter: null,
};
const first: FeedView = { instance, heardAt: 0, told: 0, lines: [], live: true };

describe("what a page knows of a gateway", () => {
  test("a lost connection keeps what was known, and says that it may be old", () => {
    const known = reduceFeed(first, { kind: "log", lines: ["one"] });
    expect(reduceFeed(known, { kind: "lost" })).toEqual({ ...known, live: false });
  });

  test("a new connection tells the last lines again, so that none stands there twice", () => {
    let view = reduceFeed(first, { kind: "log", lines: ["one", "two"] });
    view = reduceFeed(view, { kind: "lost" });
    view = reduceFeed(view, { kind: "opened" });
    view = reduceFeed(view, { kind: "log", lines: ["one", "two", "three"] });
    expect(view).toMatchObject({ lines: ["one", "two", "three"], live: true });
  });

  test("what is answered to a command is known at once", () => {
    const stopping: Instance = { ...instance, state: "provisioning", desired: "stopped" };
    const view = reduceFeed(first, { kind: "answer", instance: stopping, at: 7, askedAfter: first.told });
    expect(view).toMatchObject({ instance: stopping, heardAt: 7 });
  });

  test("an answer that comes after what it was overtaken by changes nothing", () => {
    const stopping: Instance = { ...instance, state: "provisioning", desired: "stopped" };
    const stopped: Instance = { ...stopping, state: "stopped", observed: "stopped" };
    const newer = reduceFeed(first, { kind: "state", instance: stopped, at: 7 });
    const view = reduceFeed(newer, { kind: "answer", instance: stopping, at: 8, askedAfter: first.told });
    expect(view).toEqual(newer);
  });

  test("a phase has lasted what the news say and counts on from there, however old the last look at the clock", () => {
    const phase = { name: "await-ready", since: instance.createdAt, elapsedMs: 3_000 };
    expect([9_100, 10_000, 12_400].map((now) => phaseSeconds(phase, 10_000, now))).toEqual([3, 3, 5]);
  });

  test("only the last lines are kept", () => {
    const lines = Array.from({ length: 700 }, (_, index) => `line ${index}`);
    const view = reduceFeed(first, { kind: "log", lines });
    expect(view.lines).toHaveLength(500);
    expect(view.lines.at(-1)).toBe("line 699");
  });
});

/** An EventSource whose events the test sends. */
class ScriptedSource extends EventTarget {
  closed = false;
  readyState = 0;
  close(): void {
    this.closed = true;
  }
  send(name: string, data: string): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
}

describe("watching a gateway", () => {
  test("tells states and lines, and passes over what it does not understand", () => {
    const source = new ScriptedSource();
    const urls: string[] = [];
    const told: FeedEvent[] = [];
    const stop = watchInstance(
      instance.id,
      (event) => told.push(event),
      (url) => {
        urls.push(url);
        return source;
      },
      () => 7,
    );
    source.send("open", "");
    source.send("state", JSON.stringify(instance));
    source.send("state", '{"id":"no"}');
    source.send("state", "not JSON");
    source.send("log", '{"lines":["a"]}');
    source.send("error", "");
    expect(urls).toEqual([`/api/instances/${instance.id}/events`]);
    expect(told).toEqual([
      { kind: "opened" },
      { kind: "state", instance, at: 7 },
      { kind: "log", lines: ["a"] },
      { kind: "lost" },
    ]);
    stop();
    expect(source.closed).toBe(true);
  });
});

test("an answer that makes the browser give up is followed by another try, until the page is left", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sources: ScriptedSource[] = [];
  const events: FeedEvent["kind"][] = [];
  const stop = watchInstance(
    instance.id,
    ({ kind }) => events.push(kind),
    () => {
      const source = new ScriptedSource();
      sources.push(source);
      return source;
    },
  );
  sources[0]?.dispatchEvent(new Event("error"));
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  const giveUp = (source?: ScriptedSource) => {
    if (!source) throw new Error("There is no such source.");
    source.readyState = 2;
    source.dispatchEvent(new Event("error"));
  };
  giveUp(sources[0]);
  vi.advanceTimersByTime(3_000);
  sources[1]?.dispatchEvent(new Event("open"));
  expect(events).toEqual(["lost", "lost", "opened"]);
  giveUp(sources[1]);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(2);
});
