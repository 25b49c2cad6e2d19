import type { ChatState } from "@automna/client";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { ready, scriptedStore } from "./scripted-store.ts";

const EDITOR = "../src/parts/message-editor.tsx";
const MENU = "../src/parts/slash-command-menu.tsx";
const READING = "../src/composer/take-files.ts";
const SENTENCES = "../src/connection/sentences.ts";
const TRAY = "../src/parts/attachment-tray.tsx";
const APPROVAL = "../src/parts/approval-card.tsx";
const QUESTION = "../src/parts/question-card.tsx";

const idleTasks = new Map<number, () => void>();
let handles = 0;

beforeEach(() => {
  // What has been fetched is there for as long as a page lives.
  vi.resetModules();
  idleTasks.clear();
  vi.stubGlobal("requestIdleCallback", (task: () => void) => {
    idleTasks.set((handles += 1), task);
    return handles;
  });
  vi.stubGlobal("cancelIdleCallback", (handle: number) => void idleTasks.delete(handle));
});

afterEach(() => {
  cleanup();
  for (const part of [EDITOR, MENU, READING, SENTENCES, TRAY, APPROVAL, QUESTION]) vi.doUnmock(part);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** The page has nothing else to do, and time to fetch what it wants. */
async function idle(): Promise<void> {
  await act(async () => {
    for (const [handle, task] of idleTasks) {
      idleTasks.delete(handle);
      task();
    }
    await vi.dynamicImportSettled();
  });
}

async function page(initial: Partial<ChatState> = {}) {
  const [{ AutomnaChat }, { runtimeOf }] = await Promise.all([
    import("../src/parts/automna-chat.tsx"),
    import("../src/headless.ts"),
  ]);
  const store = scriptedStore(initial);
  store.actions.listCommands.mockResolvedValue([{ name: "status", description: "" }]);
  render(<AutomnaChat runtime={runtimeOf(store)} />);
  return store;
}

const composer = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });

/** Tells whether it has been fetched. */
function watchFetch(part: string): () => boolean {
  const fetched = vi.fn();
  vi.doMock(part, (original) => {
    fetched();
    return original();
  });
  return () => fetched.mock.calls.length > 0;
}

const LOADING = { status: "loading" } as const;
const CONNECTING = { status: "connecting", attempt: 1 } as const;
const AWAY = { status: "waiting", attempt: 1, retryAt: 0, reason: { code: "connection-lost" } } as const;

test("what nobody asked for yet is fetched after the first history has come", async () => {
  const isFetched = watchFetch(EDITOR);
  const store = await page({ history: LOADING, connection: CONNECTING });
  await idle();
  act(() => store.set({ connection: ready.connection }));
  await idle();
  expect(isFetched()).toBe(false);
  act(() => store.set({ history: ready.history }));
  await idle();
  expect(isFetched()).toBe(true);
});

test("a gateway that is away from the start keeps nothing from being fetched", async () => {
  const isFetched = watchFetch(EDITOR);
  const store = await page({ history: LOADING, connection: CONNECTING });
  act(() => store.set({ connection: AWAY }));
  await idle();
  expect(isFetched()).toBe(true);
});

test("without a network nothing is fetched ahead, but with the next attempt after it came back", async () => {
  const isFetched = watchFetch(EDITOR);
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const store = await page({ history: LOADING, connection: AWAY });
  await idle();
  expect(isFetched()).toBe(false);
  online.mockReturnValue(true);
  act(() => store.set({ connection: CONNECTING }));
  act(() => store.set({ connection: AWAY }));
  await idle();
  expect(isFetched()).toBe(true);
});

test("until the menu of commands is there, Enter sends what was typed, and nothing is said of a menu", async () => {
  const arrival = Promise.withResolvers<void>();
  const asked = vi.fn();
  vi.doMock(MENU, async (original) => {
    asked();
    await arrival.promise;
    return original();
  });
  const store = await page();
  fireEvent.change(composer(), { target: { value: "/s" } });
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete"])
    expect(composer().getAttribute(name)).toBeNull();
  fireEvent.keyDown(composer(), { key: "Enter" });
  expect(store.actions.send.mock.calls.map(([message]) => message)).toMatchObject(["/s"]);

  fireEvent.change(composer(), { target: { value: "/s" } });
  arrival.resolve();
  const menu = await screen.findByRole("listbox", { name: "Commands" });
  expect(composer().getAttribute("aria-controls")).toBe(menu.id);
  fireEvent.keyDown(composer(), { key: "Enter" });
  expect(composer().value).toBe("/status ");
  expect(store.actions.send).toHaveBeenCalledOnce();
});

/** It cannot be fetched until the answer is called. */
function withhold(part: string): () => void {
  let withheld = true;
  vi.doMock(part, (original) => {
    if (withheld) throw new Error("Failed to fetch");
    return original();
  });
  return () => {
    withheld = false;
    vi.doUnmock(part);
  };
}

const notes = () => new File(["notes"], "notes.txt", { type: "text/plain" });
const drop = (...files: readonly File[]) =>
  fireEvent.drop(composer(), { dataTransfer: { files, types: ["Files"] } });

test("a file that nothing can read yet is told of, and taken when it is chosen again", async () => {
  const giveBack = withhold(READING);
  const store = await page();
  await idle();
  drop(notes());
  await screen.findByText("“notes.txt” cannot be read. Choose it again.");
  giveBack();
  drop(notes());
  await screen.findByRole("button", { name: "Remove notes.txt" });
  expect(screen.queryByText(/cannot be read/)).toBeNull();
  // It is named before it is read, and until then the message waits for it.
  await vi.waitFor(() => {
    const send = screen.getByRole("button", { name: "Send" });
    expect(send.getAttribute("aria-disabled")).toBe("false");
  });
  fireEvent.keyDown(composer(), { key: "Enter" });
  expect(store.actions.send).toHaveBeenCalledWith("", {
    attachments: [expect.objectContaining({ size: 5 })],
  });
});

test("a file is named while there is nothing to show it with", async () => {
  withhold(TRAY);
  await page();
  drop(notes());
  await screen.findByText("notes.txt");
});

test("why a gateway is away is said with the next attempt, if not with this one", async () => {
  const giveBack = withhold(SENTENCES);
  const store = await page({ connection: CONNECTING });
  act(() => store.set({ connection: AWAY }));
  await idle();
  expect(screen.getAllByRole("status").map(({ textContent }) => textContent)).toContainEqual(
    expect.stringContaining("Reconnecting"),
  );
  expect(screen.queryByText(/lost/)).toBeNull();
  giveBack();
  act(() => store.set({ connection: CONNECTING }));
  act(() => store.set({ connection: AWAY }));
  await screen.findByText(/lost/);
});

test.each([
  ["to read files with", READING],
  ["to say with why a gateway is away", SENTENCES],
])("without a network, nothing %s is fetched ahead", async (_, part) => {
  const isFetched = watchFetch(part);
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  await page();
  await idle();
  expect(isFetched()).toBe(false);
  online.mockReturnValue(true);
  cleanup();
  await page();
  await idle();
  expect(isFetched()).toBe(true);
});

describe("what the agent waits for is told of, though its card cannot be fetched, and can be fetched again", () => {
  const WAITS = { sessionKey: null, createdAt: 0, expiresAt: null, state: "pending" } as const;
  const approval = {
    ...WAITS,
    id: "ap-1",
    kind: "exec",
    title: "Run a command",
    command: "rm -rf build",
    detail: null,
    warning: null,
    cwd: null,
    host: null,
    allowedDecisions: ["allow-once", "deny"],
  } as const;
  const question = { ...WAITS, id: "q-1", runId: null, questions: [] };

  test.each([
    [APPROVAL, "article", "The agent wants to run a command", { approvals: [approval] }],
    [QUESTION, "form", "The agent has a question", { questions: [question] }],
  ])("%s", async (part, role, title, waiting) => {
    vi.doMock(part, () => {
      throw new Error("offline");
    });
    await page(waiting);
    await idle();
    const told = screen.getByText(title);
    expect(told.closest("[aria-live]")).not.toBeNull();
    expect(await screen.findByText("This cannot be shown.")).toBeTruthy();

    // Still away.
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("This cannot be shown.")).toBeTruthy();

    vi.doUnmock(part);
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole(role, { name: title })).toBeTruthy();
    expect(screen.queryByText("This cannot be shown.")).toBeNull();
  });
});
