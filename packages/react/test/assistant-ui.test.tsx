import {
  MessageTooLongError,
  type ArtifactLink,
  type MessagePart,
  type SessionSummary,
} from "@automna/client";
import {
  ActionBarPrimitive,
  AssistantRuntimeProvider,
  AttachmentPrimitive,
  AuiIf,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadListItemPrimitive,
  ThreadListPrimitive,
  ThreadPrimitive,
  useAuiState,
} from "@assistant-ui/react";
import { act, cleanup, fireEvent, render, renderHook, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { convertMessage, useAssistantUiRuntime, type AssistantUiOptions } from "../src/assistant-ui/index.ts";
import { readAppend } from "../src/assistant-ui/read-append.ts";
import { runtimeOf, type ChatRuntime } from "../src/index.ts";
import { CAPABILITIES, CONNECTED } from "./connected.ts";
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

function Picture({ image, filename }: { readonly image: string; readonly filename?: string }) {
  return <img src={image} alt={filename ?? ""} />;
}

function Row() {
  return (
    <MessagePrimitive.Root data-testid="row">
      <MessagePrimitive.Parts components={{ Image: Picture }} />
      <MessagePrimitive.Attachments components={{ Attachment: AttachmentPrimitive.Name }} />
      <ActionBarPrimitive.Reload aria-label="Again" />
      <ActionBarPrimitive.Edit aria-label="Edit" />
    </MessagePrimitive.Root>
  );
}

function Editor() {
  return (
    <ComposerPrimitive.Root aria-label="Change">
      <ComposerPrimitive.Attachments components={{ Attachment: Tile }} />
      <ComposerPrimitive.Input aria-label="Changed message" />
      <ComposerPrimitive.Send>Send changed</ComposerPrimitive.Send>
    </ComposerPrimitive.Root>
  );
}

function Tile() {
  const status = useAuiState(({ attachment }) => attachment.status);
  return (
    <AttachmentPrimitive.Root role="listitem">
      <AttachmentPrimitive.Name />
      {status.type === "incomplete" && `: ${status.message}`}
      <AttachmentPrimitive.Remove aria-label="Remove" />
    </AttachmentPrimitive.Root>
  );
}

function Session() {
  return (
    <ThreadListItemPrimitive.Root>
      <ThreadListItemPrimitive.Title />
      <AuiIf condition={({ threadListItem }) => threadListItem.custom?.["canDelete"] === true}>
        <ThreadListItemPrimitive.Delete>Delete</ThreadListItemPrimitive.Delete>
      </AuiIf>
    </ThreadListItemPrimitive.Root>
  );
}

function Chat({ chat, options }: { chat: ChatRuntime; options?: AssistantUiOptions }) {
  const runtime = useAssistantUiRuntime(chat, options);
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadListPrimitive.Root>
        <ThreadListPrimitive.Items components={{ ThreadListItem: Session }} />
      </ThreadListPrimitive.Root>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages components={{ Message: Row, EditComposer: Editor }} />
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Attachments components={{ Attachment: Tile }} />
          <ComposerPrimitive.AddAttachment>Attach</ComposerPrimitive.AddAttachment>
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

test("what a person may do to a session is told with it, and the main one stays", () => {
  const store = scriptedStore({
    sessions: { status: "ready", items: [TRIP, { ...TRIP, key: "agent:main:main", title: "Main" }] },
  });
  render(<Chat chat={runtimeOf(store)} />);
  expect(screen.getAllByRole("button", { name: "Delete" })).toHaveLength(1);
  act(() => store.set({ capabilities: { ...CAPABILITIES, canDelete: false } }));
  expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
});

describe("files", () => {
  const attach = (...files: File[]) => {
    fireEvent.click(screen.getByRole("button", { name: "Attach" }));
    const input = document.querySelector<HTMLInputElement>("input[type=file]")!;
    fireEvent.change(input, { target: { files } });
  };
  const picture = (name: string, size = 4) => new File([new Uint8Array(size)], name, { type: "image/png" });
  const sendButton = () => screen.getByRole<HTMLButtonElement>("button", { name: "Send" });

  test("a chosen file is prepared, shown and sent", async () => {
    const store = scriptedStore();
    const prepareFile = () => picture("small.png");
    render(<Chat chat={runtimeOf(store)} options={{ prepareFile }} />);
    attach(picture("large.png", 2_000_000));
    expect((await screen.findByText("small.png")).textContent).toBe("small.png");
    fireEvent.click(sendButton());
    const sent = { fileName: "small.png", mimeType: "image/png", content: "AAAAAA==", size: 4 };
    await vi.waitFor(() => expect(store.actions.send).toHaveBeenCalledWith("", { attachments: [sent] }));
    await vi.waitFor(() => expect(screen.queryByText("small.png")).toBeNull());
  });

  test("while a file is being read, the message waits for it", async () => {
    const store = scriptedStore();
    let finish: (file: File) => void = () => undefined;
    const prepareFile = () => new Promise<File>((resolve) => (finish = resolve));
    render(<Chat chat={runtimeOf(store)} options={{ prepareFile }} />);
    attach(picture("slow.png"));
    await screen.findByText("slow.png");
    expect(sendButton().disabled).toBe(true);
    finish(picture("slow.png"));
    await vi.waitFor(() => expect(sendButton().disabled).toBe(false));
  });

  test("one that the gateway would refuse says why, and nothing is sent with it", async () => {
    const store = scriptedStore();
    render(<Chat chat={runtimeOf(store)} />);
    attach(picture("photo.png", 1_500_000));
    const tile = await screen.findByText(/photo\.png/);
    await vi.waitFor(() => expect(tile.textContent).toContain("this gateway accepts up to 1 MB"));
    expect(sendButton().disabled).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: "Remove" }));
    fireEvent.change(screen.getByRole("textbox", { name: "Message" }), { target: { value: "Without it" } });
    await vi.waitFor(() => expect(sendButton().disabled).toBe(false));
    fireEvent.click(sendButton());
    await vi.waitFor(() => expect(store.actions.send).toHaveBeenCalledWith("Without it", undefined));
  });

  test("those that are too much together are told before they are sent", async () => {
    const limits = { ...CAPABILITIES.attachments, maxTotalChars: 1_000 };
    const store = scriptedStore({ capabilities: { ...CAPABILITIES, attachments: limits } });
    render(<Chat chat={runtimeOf(store)} />);
    attach(picture("one.png", 600), picture("two.png", 600));
    await screen.findByText(/two\.png.*does not fit into one message/);
    expect(screen.getByText("one.png")).toBeTruthy();
  });

  test("a gateway that takes pictures alone is asked for nothing else", async () => {
    const limits = { ...CAPABILITIES.attachments, acceptsFiles: false };
    const store = scriptedStore({ capabilities: { ...CAPABILITIES, attachments: limits } });
    render(<Chat chat={runtimeOf(store)} />);
    fireEvent.click(screen.getByRole("button", { name: "Attach" }));
    expect(document.querySelector<HTMLInputElement>("input[type=file]")?.accept).toBe("image/*");
  });

  test("a message that is refused is in the composer again, and the host is told why", async () => {
    const store = scriptedStore();
    store.actions.send.mockImplementation(() => {
      throw new MessageTooLongError(1_000_000);
    });
    const onRefused = vi.fn();
    render(<Chat chat={runtimeOf(store)} options={{ onRefused }} />);
    const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
    fireEvent.change(field, { target: { value: "A whole book" } });
    fireEvent.click(sendButton());
    await vi.waitFor(() => expect(onRefused).toHaveBeenCalledOnce());
    expect(onRefused.mock.calls[0]?.[0]).toEqual([
      "Too long: this gateway accepts up to 1 MB. Send it in parts.",
    ]);
    await vi.waitFor(() => expect(field.value).toBe("A whole book"));
  });

  test("a question in other words goes with its files, and without those that were taken out", async () => {
    const store = scriptedStore();
    const url = "data:image/png;base64,AAAAAA==";
    const asked = message("u", {
      role: "user",
      parts: [
        { type: "text", text: "What is it?" },
        { type: "image", mimeType: "image/png", url, fileName: "dot.png" },
      ],
    });
    store.show(asked, message("a"));
    render(<Chat chat={runtimeOf(store)} />);
    const change = async (text: string) => {
      fireEvent.click(within(screen.getAllByTestId("row")[0]!).getByRole("button", { name: "Edit" }));
      const field = await screen.findByRole("textbox", { name: "Changed message" });
      fireEvent.change(field, { target: { value: text } });
    };
    await change("What is that?");
    fireEvent.click(screen.getByRole("button", { name: "Send changed" }));
    await vi.waitFor(() => expect(store.actions.editAndResend.mock.calls).toEqual([["u", "What is that?"]]));
    expect(store.actions.send).not.toHaveBeenCalled();
    await change("And without?");
    fireEvent.click(screen.getByRole("button", { name: "Remove" }));
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Remove" })).toBeNull());
    fireEvent.click(screen.getByRole("button", { name: "Send changed" }));
    await vi.waitFor(() => expect(store.actions.send.mock.calls).toEqual([["And without?", undefined]]));
  });
});

describe("a question with a file, in other words", () => {
  const edit = async (text: string, ...files: readonly MessagePart[]) => {
    const store = scriptedStore();
    const onRefused = vi.fn();
    store.show(message("u", { role: "user", parts: [{ type: "text", text }, ...files] }), message("a"));
    render(<Chat chat={runtimeOf(store)} options={{ onRefused }} />);
    fireEvent.click(within(screen.getAllByTestId("row")[0]!).getByRole("button", { name: "Edit" }));
    const field = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Changed message" });
    const sendIn = (words: string) => {
      fireEvent.change(field, { target: { value: words } });
      fireEvent.click(screen.getByRole("button", { name: "Send changed" }));
    };
    return { actions: store.actions, field, sendIn, onRefused };
  };
  const REPORT: MessagePart = { type: "file", mimeType: "application/pdf", fileName: "report.pdf" };
  const UNSEEN: MessagePart = {
    type: "image",
    mimeType: "image/png",
    artifactId: "map",
    fileName: "map.png",
  };

  test.each([
    ["a document", "What is in it?", REPORT],
    ["a picture without an address", "What is it?", UNSEEN],
    ["a document, and its name as the last words", "Read this:\n\nreport.pdf", REPORT],
  ])("begins as its own words and goes with the file: %s", async (_, text, file) => {
    const { actions, field, sendIn } = await edit(text, file);
    expect(field.value).toBe(text);
    sendIn(`Please: ${text}`);
    await vi.waitFor(() => expect(actions.editAndResend.mock.calls).toEqual([["u", `Please: ${text}`]]));
    expect(actions.send).not.toHaveBeenCalled();
  });

  test("goes without the file when that was taken out", async () => {
    const { actions, sendIn } = await edit("What is in it?", REPORT);
    fireEvent.click(screen.getByRole("button", { name: "Remove" }));
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Remove" })).toBeNull());
    sendIn("What is a report?");
    await vi.waitFor(() => expect(actions.send.mock.calls).toEqual([["What is a report?", undefined]]));
    expect(actions.editAndResend).not.toHaveBeenCalled();
  });

  test("is not sent when one of two files was taken out: the other one could not go along", async () => {
    const { actions, sendIn, onRefused } = await edit("Compare them.", REPORT, UNSEEN);
    fireEvent.click(screen.getAllByRole("button", { name: "Remove" })[0]!);
    await vi.waitFor(() => expect(screen.getAllByRole("button", { name: "Remove" })).toHaveLength(1));
    sendIn("What is on the map?");
    await vi.waitFor(() =>
      expect(onRefused.mock.calls).toEqual([[["The files of this message are not here any more."]]]),
    );
    expect(actions.send).not.toHaveBeenCalled();
    expect(actions.editAndResend).not.toHaveBeenCalled();
  });
});

test("a file is named in its message, whoever sent it", () => {
  const store = scriptedStore();
  const file = (name: string) => [{ type: "file", mimeType: "application/pdf", fileName: name }] as const;
  store.show(
    message("u", { role: "user", parts: file("asked.pdf") }),
    message("a", { parts: file("answered.pdf") }),
  );
  render(<Chat chat={runtimeOf(store)} />);
  expect(screen.getAllByTestId("row").map(({ textContent }) => textContent)).toEqual([
    "asked.pdf",
    "answered.pdf",
  ]);
});

describe("pictures that the gateway keeps", () => {
  const kept = (id: string, artifactId: string) =>
    message(id, {
      parts: [{ type: "image", mimeType: "image/png", artifactId, fileName: `${artifactId}.png` }],
    });
  const link = (url: string, expiresAt: number | null = null): ArtifactLink => ({
    url,
    mimeType: "image/png",
    fromGateway: true,
    expiresAt,
  });

  test("are named until their address has come, and are asked for once", async () => {
    const store = scriptedStore();
    let give: (link: ArtifactLink) => void = () => undefined;
    store.actions.loadArtifact.mockImplementation(() => new Promise((resolve) => (give = resolve)));
    store.show(kept("a", "map"));
    render(<Chat chat={runtimeOf(store)} />);
    expect(screen.getByTestId("row").textContent).toBe("map.png");
    act(() => store.show(kept("a", "map"), message("b", { status: "streaming" })));
    await act(async () => give(link("https://gateway.test/map")));
    expect(screen.getByRole<HTMLImageElement>("img", { name: "map.png" }).src).toBe(
      "https://gateway.test/map",
    );
    act(() => store.show(kept("a", "map"), message("b")));
    expect(store.actions.loadArtifact.mock.calls).toEqual([["map"]]);
  });

  test("are asked for again when their message is shown again, for addresses expire", async () => {
    const store = scriptedStore();
    let asked = 0;
    store.actions.loadArtifact.mockImplementation(async () => link(`https://gateway.test/${(asked += 1)}`));
    store.show(kept("a", "map"));
    render(<Chat chat={runtimeOf(store)} />);
    await screen.findByRole("img");
    act(() => store.show(message("other")));
    expect(screen.queryByRole("img")).toBeNull();
    act(() => store.show(kept("a", "map")));
    await vi.waitFor(() =>
      expect(screen.getByRole<HTMLImageElement>("img").src).toBe("https://gateway.test/2"),
    );
  });

  test("are asked for again over the next connection where they were refused or have expired", async () => {
    const store = scriptedStore();
    const answers: Record<string, () => ArtifactLink> = {
      lasting: () => link("https://gateway.test/lasting"),
      expired: () => link("https://gateway.test/expired", 1),
      refused: () => {
        throw new Error("not now");
      },
    };
    store.actions.loadArtifact.mockImplementation(async (id) => answers[id]!());
    store.show(kept("a", "lasting"), kept("b", "expired"), kept("c", "refused"));
    render(<Chat chat={runtimeOf(store)} />);
    expect(await screen.findAllByRole("img")).toHaveLength(2);
    answers["refused"] = () => link("https://gateway.test/late");
    act(() => store.set({ connection: { status: "idle" } }));
    act(() => store.set({ connection: CONNECTED }));
    await vi.waitFor(() => expect(screen.getAllByRole("img")).toHaveLength(3));
    expect(store.actions.loadArtifact.mock.calls.slice(3)).toEqual([["expired"], ["refused"]]);
  });

  test("stay a name where assistant-ui shows no such address", async () => {
    const store = scriptedStore();
    store.actions.loadArtifact.mockResolvedValue(link("http://127.0.0.1:18789/map"));
    store.show(kept("a", "map"));
    render(<Chat chat={runtimeOf(store)} />);
    await act(async () => undefined);
    expect(screen.getByTestId("row").textContent).toBe("map.png");
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
