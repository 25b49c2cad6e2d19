import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";

import { runtimeOf, useComposer, type PrepareFile } from "../src/index.ts";
import { scriptedStore } from "./scripted-store.ts";

afterEach(cleanup);

const MAIN = "agent:main:main";
const OTHER = "agent:main:other";
const file = () => new File(["12345"], "report.txt", { type: "text/plain" });

function write(everConnected = true, prepare?: PrepareFile) {
  const store = scriptedStore({ everConnected, sessionKey: MAIN });
  const { result, rerender } = renderHook(({ runtime }) => useComposer(runtime, prepare), {
    initialProps: { runtime: runtimeOf(store) },
  });
  return {
    store,
    composer: () => result.current,
    open: (sessionKey: string) => act(() => store.set({ sessionKey })),
    names: () => result.current.attachments.map(({ fileName }) => fileName),
    rerender,
  };
}

describe("what is written and attached belongs to one session:", () => {
  test("files stay where they were attached, and are there again when somebody comes back", async () => {
    const { store, composer, open, names } = write();
    await act(() => composer().addFiles([file()]));
    open(OTHER);
    expect(names()).toEqual([]);
    act(() => composer().setText("hello"));
    act(() => void composer().send());
    expect(store.actions.send.mock.calls).toEqual([["hello", undefined]]);
    open(MAIN);
    expect(names()).toEqual(["report.txt"]);
  });

  test("files that are still being read when another session is opened hold up nothing there, and arrive where they belong", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { composer, open, names } = write(true, async (chosen) => {
      await held;
      return chosen;
    });
    let reading: Promise<void> = Promise.resolve();
    act(() => void (reading = composer().addFiles([file()])));
    open(OTHER);
    act(() => composer().setText("hello"));
    expect(composer().canSend).toBe(true);
    release();
    await act(() => reading);
    expect(names()).toEqual([]);
    open(MAIN);
    expect(names()).toEqual(["report.txt"]);
    expect(composer().canSend).toBe(true);
  });

  test("another gateway or person gets none of the files, nor what was said of them", async () => {
    const { composer, names, rerender } = write();
    await act(() => composer().addFiles([file()]));
    rerender({ runtime: runtimeOf(scriptedStore()) });
    expect(names()).toEqual([]);
    expect(composer().problems).toEqual([]);
  });

  test("a text from before the first connection stays in its session when another one is opened", async () => {
    const { composer, open, names } = write(false);
    act(() => composer().setText("for main"));
    await act(() => composer().addFiles([file()]));
    open(OTHER);
    expect([composer().text, names()]).toEqual(["", []]);
    open(MAIN);
    expect([composer().text, names()]).toEqual(["for main", ["report.txt"]]);
  });

  test("it moves along when the gateway has another name for the session", async () => {
    const { store, composer, names } = write(false);
    act(() => composer().setText("early"));
    await act(() => composer().addFiles([file()]));
    act(() => {
      store.set({ everConnected: true });
      store.set({ sessionKey: "agent:home:main" });
    });
    expect([composer().text, names()]).toEqual(["early", ["report.txt"]]);
  });
});
