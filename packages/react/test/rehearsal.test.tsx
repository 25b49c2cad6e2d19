import type { ChatState } from "@automna/client";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { MarkdownConfig } from "../src/index.ts";
import { message, scriptedStore } from "./scripted-store.ts";

afterEach(cleanup);
// What has been rehearsed is known for as long as a page lives.
beforeEach(() => vi.resetModules());

const ON_ITS_WAY: Partial<ChatState> = { history: { status: "loading" } };
const READY = { status: "ready", hasOlder: false, loadingOlder: false } as const;
const rehearsed = () => document.querySelectorAll("[aria-hidden=true] .automna-message");

async function page() {
  const { AutomnaChat, MarkdownConfigProvider, runtimeOf } = await import("../src/index.ts");
  return (initial: Partial<ChatState>, config: MarkdownConfig = {}) => {
    const store = scriptedStore(initial);
    const chat = (
      <MarkdownConfigProvider value={config}>
        <AutomnaChat runtime={runtimeOf(store)} />
      </MarkdownConfigProvider>
    );
    return { store, ...render(chat) };
  };
}

test("while the first history is on its way, rows that nobody meets are rendered, and go when it comes", async () => {
  const { store } = (await page())(ON_ITS_WAY);
  await waitFor(() => expect(rehearsed()).toHaveLength(4));
  const unseen = rehearsed()[0]?.closest<HTMLElement>("[aria-hidden=true]");
  expect(unseen?.style).toMatchObject({ visibility: "hidden", position: "absolute", overflow: "hidden" });
  expect(document.querySelectorAll("article, [data-message-id]")).toHaveLength(0);
  expect(screen.queryAllByRole("link")).toEqual([]);

  act(() => {
    store.show(message("m1"));
    store.set({ history: READY });
  });
  expect(rehearsed()).toHaveLength(0);
  expect(screen.getAllByRole("article")).toHaveLength(1);
});

test("nothing that is rehearsed asks a network for anything, whatever the host makes of links", async () => {
  const Preview = ({ href }: { readonly href?: string | undefined }) => <img src={href} alt="" />;
  (await page())(ON_ITS_WAY, { components: { a: Preview } });
  await waitFor(() => expect(rehearsed()).toHaveLength(4));
  expect(document.querySelectorAll("img, iframe, video, audio, link, script, object")).toHaveLength(0);
});

test("it is rehearsed once in a page", async () => {
  const show = await page();
  const first = show(ON_ITS_WAY);
  await waitFor(() => expect(rehearsed()).toHaveLength(4));
  first.unmount();
  show(ON_ITS_WAY);
  await act(async () => {});
  expect(rehearsed()).toHaveLength(0);
});

test("a chat whose history is there, or will not come, rehearses nothing", async () => {
  const { Rehearsal } = await import("../src/parts/deferred-parts.tsx");
  await Rehearsal.load();
  const show = await page();
  for (const state of [{ history: READY }, { ...ON_ITS_WAY, connection: { status: "closed" } }] as const) {
    const { unmount } = show(state);
    expect(rehearsed()).toHaveLength(0);
    unmount();
  }
});
