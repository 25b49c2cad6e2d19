import type { SessionSummary } from "@automna/client";
import {
  ActionBarPrimitive,
  AssistantRuntimeProvider,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
} from "@assistant-ui/react";
import { act, cleanup, fireEvent, render, renderHook, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { convertMessage, useAssistantUiRuntime } from "../src/assistant-ui/index.ts";
import { readAppend } from "../src/assistant-ui/read-append.ts";
import { runtimeOf, type ChatRuntime } from "../src/index.ts";
import { CAPABILITIES } from "./connected.ts";
import { message, scriptedStore } from "./scripted-store.ts";

beforeEach(() => {
  // jsdom has neither; assistant-ui's viewport and text area measure themselves.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  Element.prototype.scrollTo = () => undefined;
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const TRIP: SessionSummary = {
  key: "agent:main:trip",
  title: "Trip",
  preview: null,
  updatedAt: 1,
  unread: false,
  running: false,
  totalTokens: null,
  model: null,
  thinkingLevel: null,
};

function Row() {
  return (
    <MessagePrimitive.Root data-testid="row">
      <MessagePrimitive.Parts />
      <ActionBarPrimitive.Reload aria-label="Again" />
    </MessagePrimitive.Root>
  );
}

function Chat({ chat }: { chat: ChatRuntime }) {
  const runtime = useAssistantUiRuntime(chat);
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages components={{ Message: Row }} />
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input aria-label="Message" />
          <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
          <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}

test("assistant-ui's own parts show the transcript, send and stop", async () => {
  const store = scriptedStore();
  store.show(message("u", { role: "user", parts: [{ type: "text", text: "Hi" }] }), message("a"));
  render(<Chat chat={runtimeOf(store)} />);
  expect(screen.getAllByTestId("row").map(({ textContent }) => textContent)).toEqual(["Hi", "text of a"]);

  fireEvent.change(screen.getByRole("textbox", { name: "Message" }), { target: { value: "How are you?" } });
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  await vi.waitFor(() => expect(store.actions.send).toHaveBeenCalledWith("How are you?", undefined));

  act(() => store.set({ runs: [{ runId: "r", messageId: "b", own: true, phase: null, startedAt: 0 }] }));
  fireEvent.click(screen.getByRole("button", { name: "Stop" }));
  await vi.waitFor(() => expect(store.actions.abort).toHaveBeenCalled());
});

test("the question that is asked again is the one above the answer", async () => {
  const store = scriptedStore();
  const asks = (id: string) => message(id, { role: "user", parts: [{ type: "text", text: `ask ${id}` }] });
  store.show(asks("u1"), message("a1"), message("b1"), asks("u2"), message("a2"));
  render(<Chat chat={runtimeOf(store)} />);
  const again = (index: number) =>
    fireEvent.click(within(screen.getAllByTestId("row")[index]!).getByRole("button", { name: "Again" }));
  again(2);
  await vi.waitFor(() => expect(store.actions.editAndResend.mock.calls).toEqual([["u1", "ask u1"]]));
  expect(store.actions.regenerate).not.toHaveBeenCalled();
  again(4);
  await vi.waitFor(() => expect(store.actions.regenerate).toHaveBeenCalledOnce());
  expect(store.actions.editAndResend).toHaveBeenCalledOnce();
});

describe("the thread list changes sessions where this person may", () => {
  const change = async (can: boolean) => {
    const store = scriptedStore({
      capabilities: { ...CAPABILITIES, canRename: can, canDelete: can },
      sessions: { status: "ready", items: [TRIP] },
    });
    const chat = runtimeOf(store);
    const { result } = renderHook(() => useAssistantUiRuntime(chat));
    const item = result.current.threads.getItemById(TRIP.key);
    const ends = await Promise.allSettled([item.rename("Rome"), item.delete()]);
    return { actions: store.actions, ends: ends.map(({ status }) => status) };
  };

  test("it renames and deletes with the right to", async () => {
    const { actions, ends } = await change(true);
    expect(ends).toEqual(["fulfilled", "fulfilled"]);
    expect(actions.renameSession).toHaveBeenCalledWith(TRIP.key, "Rome");
    expect(actions.deleteSession).toHaveBeenCalledWith(TRIP.key);
  });

  test("without it the gateway is not asked", async () => {
    const { actions, ends } = await change(false);
    expect(ends).toEqual(["rejected", "rejected"]);
    expect(actions.renameSession).not.toHaveBeenCalled();
    expect(actions.deleteSession).not.toHaveBeenCalled();
  });
});

test("a reply that streams and ends is shown as it ends", () => {
  const store = scriptedStore();
  const text = (value: string) => [{ type: "text", text: value }] as const;
  render(<Chat chat={runtimeOf(store)} />);
  act(() => store.show(message("a", { status: "streaming", parts: text("half") })));
  act(() => store.show(message("a", { parts: text("half of it and the rest") })));
  expect(screen.getByTestId("row").textContent).toBe("half of it and the rest");
});

test("tools, reasoning, errors and delivery have their place in assistant-ui's message", () => {
  const reply = convertMessage(
    message("a", {
      status: "error",
      error: { kind: "timeout", message: "too slow" },
      parts: [
        { type: "reasoning", text: "hm" },
        {
          type: "tool-call",
          toolCallId: "t",
          name: "exec",
          args: { command: "ls" },
          state: "error",
          result: "no",
        },
      ],
    }),
  );
  expect(reply.status).toEqual({ type: "incomplete", reason: "error", error: "too slow" });
  expect(reply.content).toEqual([
    { type: "reasoning", text: "hm" },
    {
      type: "tool-call",
      toolCallId: "t",
      toolName: "exec",
      argsText: '{"command":"ls"}',
      result: "no",
      isError: true,
    },
  ]);
  const send = convertMessage(
    message("u", { role: "user", status: "unconfirmed", sendId: "s", stored: false }),
  );
  expect(send.metadata?.isOptimistic).toBe(true);
  expect(send.metadata?.custom).toMatchObject({ status: "unconfirmed", sendId: "s" });
});

test("files of assistant-ui's composer become attachments with their true size", () => {
  const { text, attachments } = readAppend({
    content: [{ type: "text", text: "look" }],
    attachments: [
      {
        id: "1",
        type: "image",
        name: "dot.png",
        contentType: "image/png",
        status: { type: "complete" },
        content: [{ type: "image", image: "data:image/png;base64,AAAAAA==" }],
      },
    ],
  });
  expect(text).toBe("look");
  expect(attachments).toEqual([{ fileName: "dot.png", mimeType: "image/png", content: "AAAAAA==", size: 4 }]);
});
