import type { Approval, ChatState, Question, QuestionRequest, SessionSummary } from "@automna/client";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";

import { AutomnaChat, runtimeOf } from "../src/index.ts";
import { message, ready, scriptedStore } from "./scripted-store.ts";

afterEach(cleanup);

function show(initial: Partial<ChatState> = {}, prepare?: (store: ReturnType<typeof scriptedStore>) => void) {
  const store = scriptedStore(initial);
  prepare?.(store);
  render(<AutomnaChat runtime={runtimeOf(store)} sessions />);
  return store;
}

const composer = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });

describe("approvals", () => {
  const approval: Approval = {
    id: "ap-1",
    kind: "exec",
    sessionKey: null,
    title: "Run a command",
    command: "rm -rf build",
    detail: null,
    warning: null,
    cwd: null,
    host: null,
    allowedDecisions: ["allow-once", "allow-always", "deny"],
    createdAt: 0,
    expiresAt: null,
    state: "pending",
  };

  test("show the exact command and take one of three answers", async () => {
    const store = show({ approvals: [approval] });
    const card = screen.getByRole("article", { name: "The agent wants to run a command" });
    expect(within(card).getByText("rm -rf build")).toBeTruthy();
    await userEvent.click(within(card).getByRole("button", { name: "Allow once" }));
    await userEvent.click(within(card).getByRole("button", { name: "Always allow" }));
    await userEvent.click(within(card).getByRole("button", { name: "Deny" }));
    expect(store.actions.resolveApproval.mock.calls).toEqual([
      ["ap-1", "allow-once"],
      ["ap-1", "allow-always"],
      ["ap-1", "deny"],
    ]);
  });

  test("show the gateway's warning and where it is to run, whatever else is told", () => {
    show({
      approvals: [
        {
          ...approval,
          detail: "Cleans up.",
          warning: "Not on the allowlist.",
          cwd: "/srv/site",
          host: "node-7",
        },
      ],
    });
    const card = within(screen.getByRole("article"));
    for (const told of ["Cleans up.", "Not on the allowlist."]) expect(card.getByText(told)).toBeTruthy();
    expect(card.getByText("node-7").closest("p")!.textContent).toBe("Computer: node-7");
    expect(card.getByText("/srv/site").closest("p")!.textContent).toBe("Folder: /srv/site");
  });

  test("offer only the answers that the gateway takes", () => {
    show({ approvals: [{ ...approval, allowedDecisions: ["allow-once", "deny"] }] });
    const buttons = within(screen.getByRole("article")).getAllByRole("button");
    expect(buttons.map(({ textContent }) => textContent)).toEqual(["Allow once", "Deny"]);
  });

  test("hide nothing that would be run", () => {
    const [turned, stretched] = ["\u202e", "\u200b"];
    show({
      approvals: [
        {
          ...approval,
          title: `safe ${turned}`,
          command: `ls ${turned}fr- mr${stretched} \u001b[8m\\\n\trm`,
          detail: `a ${turned}b`,
          warning: `c ${turned}d`,
          cwd: `/srv/${turned}x`,
        },
      ],
    });
    const card = screen.getByRole("article");
    expect(within(card).getByRole("group").textContent).toBe("ls ⟦U+202E⟧fr- mr⟦U+200B⟧ ⟦U+001B⟧[8m\\\n\trm");
    expect(card.textContent).not.toMatch(/[\u202e\u200b]/);
    for (const told of ["safe ⟦U+202E⟧", "a ⟦U+202E⟧b", "c ⟦U+202E⟧d", "/srv/⟦U+202E⟧x"])
      expect(within(card).getByText(told)).toBeTruthy();
  });

  test("take no second answer while the first is on its way", async () => {
    const store = show({ approvals: [{ ...approval, state: "resolving" }] });
    await userEvent.click(screen.getByRole("button", { name: "Allow once" }));
    expect(store.actions.resolveApproval).not.toHaveBeenCalled();
  });

  test("offer no answer to somebody who may not give one", () => {
    show({ approvals: [approval], capabilities: { ...ready.capabilities!, canApprove: false } });
    expect(screen.getByText("rm -rf build")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Deny" })).toBeNull();
    expect(screen.getByText(/your sign-in lacks the scope operator\.approvals/)).toBeTruthy();
  });
});

describe("questions", () => {
  const ask = (over: Partial<Question> = {}): QuestionRequest => ({
    id: "q-1",
    questions: [
      {
        questionId: "where",
        header: "Place",
        question: "Where shall I put the file?",
        options: [{ label: "Desktop" }, { label: "Documents", description: "beside the others" }],
        multiSelect: false,
        isOther: true,
        isSecret: false,
        ...over,
      },
    ],
    sessionKey: null,
    runId: null,
    createdAt: 0,
    expiresAt: null,
    state: "pending",
  });

  test("are answered with a choice, and only once there is one", async () => {
    const store = show({ questions: [ask()] });
    await userEvent.click(screen.getByRole("button", { name: "Answer" }));
    expect(store.actions.answerQuestion).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("radio", { name: "Desktop" }));
    await userEvent.click(screen.getByRole("radio", { name: "Documents beside the others" }));
    await userEvent.click(screen.getByRole("button", { name: "Answer" }));
    expect(store.actions.answerQuestion.mock.calls).toEqual([["q-1", { where: ["Documents"] }]]);
  });

  test("take what was typed in place of a choice, or beside choices where several are wanted", async () => {
    const store = show({ questions: [ask({ multiSelect: true })] });
    await userEvent.click(screen.getByRole("checkbox", { name: "Desktop" }));
    await userEvent.type(screen.getByRole("textbox", { name: "Another answer" }), "A stick{Enter}");
    expect(store.actions.answerQuestion.mock.calls).toEqual([["q-1", { where: ["Desktop", "A stick"] }]]);
    act(() => store.set({ questions: [ask({ questionId: "what" })] }));
    await userEvent.click(screen.getByRole("radio", { name: "Desktop" }));
    await userEvent.clear(screen.getByRole("textbox", { name: "Another answer" }));
    await userEvent.type(screen.getByRole("textbox", { name: "Another answer" }), "Nowhere{Enter}");
    expect(store.actions.answerQuestion.mock.calls.at(-1)).toEqual(["q-1", { what: ["Nowhere"] }]);
  });

  test("may be skipped, and do not show a secret", async () => {
    const store = show({ questions: [ask({ options: [], isSecret: true })] });
    expect(screen.getByLabelText("Where shall I put the file?", { selector: "input" })).toHaveProperty(
      "type",
      "password",
    );
    await userEvent.click(screen.getByRole("button", { name: "Skip" }));
    expect(store.actions.cancelQuestion.mock.calls).toEqual([["q-1"]]);
  });

  test("offer no answer to somebody who may not give one", () => {
    show({ questions: [ask()], capabilities: { ...ready.capabilities!, canAnswer: false } });
    expect(screen.getByText(/your sign-in lacks the scope operator\.questions/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Answer" })).toBeNull();
  });
});

describe("a picture that the gateway keeps", () => {
  const PIXEL = "data:image/png;base64,AAAA";
  const show1 = (url: string, expiresAt: number | null, fromGateway = false) =>
    show({}, (store) => {
      store.actions.loadArtifact.mockResolvedValue({ url, mimeType: "image/png", fromGateway, expiresAt });
      store.show(message("a", { parts: [{ type: "image", mimeType: "image/png", artifactId: "art-1" }] }));
    });

  test("is asked for by its id, and again when its address has expired", async () => {
    const store = show1(PIXEL, 1);
    const picture = await screen.findByRole("img", { name: "Image" });
    expect(picture.getAttribute("src")).toBe(PIXEL);
    fireEvent.error(picture);
    await vi.waitFor(() => expect(store.actions.loadArtifact.mock.calls).toEqual([["art-1"], ["art-1"]]));
  });

  test("is asked for once more and no more, until one of its addresses has led to a picture", async () => {
    const store = show1(PIXEL, 1);
    const fails = async () => {
      fireEvent.error(await screen.findByRole("img", { name: "Image" }));
      await act(async () => undefined);
    };
    const { loadArtifact } = store.actions;
    await fails();
    await fails();
    await fails();
    expect(loadArtifact).toHaveBeenCalledTimes(2);
    fireEvent.load(screen.getByRole("img", { name: "Image" }));
    await fails();
    await fails();
    expect(loadArtifact).toHaveBeenCalledTimes(3);
  });

  test("is fetched from the gateway itself", async () => {
    show1("https://app.test/i/abc/api/media/1?ticket=x", null, true);
    const picture = await screen.findByRole("img", { name: "Image" });
    expect(picture.getAttribute("src")).toBe("https://app.test/i/abc/api/media/1?ticket=x");
    expect(picture.getAttribute("referrerpolicy")).toBe("no-referrer");
  });

  test("is not fetched from where the host has not allowed it", async () => {
    const store = show1("https://gateway.test/media/art-1", null);
    await vi.waitFor(() => expect(store.actions.loadArtifact).toHaveBeenCalled());
    expect(screen.queryByRole("img", { name: "Image" })).toBeNull();
    expect(screen.getByText("Image")).toBeTruthy();
  });
});

describe("the session list", () => {
  const session = (key: string, over: Partial<SessionSummary> = {}): SessionSummary => ({
    key,
    title: key,
    preview: null,
    updatedAt: null,
    unread: false,
    running: false,
    totalTokens: null,
    model: null,
    thinkingLevel: null,
    ...over,
  });
  const list = {
    status: "ready" as const,
    items: [session("agent:main:main"), session("agent:main:trip", { title: "Trip to Rome", unread: true })],
  };

  test("is watched only while it is open", async () => {
    const stop = vi.fn();
    const store = show({ sessions: list }, (it) => it.actions.watchSessions.mockReturnValue(stop));
    expect(store.actions.watchSessions).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    await screen.findByRole("navigation");
    expect(store.actions.watchSessions).toHaveBeenCalledOnce();
    fireEvent.keyDown(screen.getByRole("navigation"), { key: "Escape" });
    expect(stop).toHaveBeenCalled();
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Show sessions" }));
  });

  test("opens a session, and names the current one and those that have news", async () => {
    const store = show({ sessions: list });
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    expect((await screen.findByRole("button", { name: "Main session" })).getAttribute("aria-current")).toBe(
      "true",
    );
    await userEvent.click(screen.getByRole("button", { name: /Trip to Rome.*Unread/ }));
    expect(store.actions.switchSession).toHaveBeenCalledWith("agent:main:trip");
  });

  test.each([
    ["everything", {}, ["Rename", "Reset", "Delete"]],
    ["a name alone", { canReset: false, canDelete: false }, ["Rename"]],
    ["all but a name", { canRename: false }, ["Reset", "Delete"]],
  ])("offers what the gateway lets this person do: %s", async (_, rights, offered) => {
    show({ sessions: list, capabilities: { ...ready.capabilities!, ...rights } });
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    const toggle = await screen.findByRole("button", { name: "Actions for Trip to Rome" });
    await userEvent.click(toggle);
    const names = within(toggle.parentElement!)
      .getAllByRole("button")
      .map(({ textContent }) => textContent)
      .filter((name) => name !== "");
    expect(names).toEqual(offered);
    expect(document.activeElement?.textContent).toBe(offered[0]);
  });

  test("offers nothing to somebody who may do nothing, and no end of the main session", async () => {
    const store = show({ sessions: list });
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    await userEvent.click(await screen.findByRole("button", { name: "Actions for Main session" }));
    expect(screen.getByRole("button", { name: "Reset" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
    const rights = { canRename: false, canReset: false, canDelete: false };
    act(() => store.set({ capabilities: { ...ready.capabilities!, ...rights } }));
    expect(screen.queryByRole("button", { name: /^Actions for/ })).toBeNull();
  });

  test("stays open, and so does a new name, when Escape ends the composition of an input method", async () => {
    show({ sessions: list });
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    await userEvent.click(await screen.findByRole("button", { name: "Actions for Trip to Rome" }));
    await userEvent.click(screen.getByRole("button", { name: "Rename" }));
    const name = screen.getByRole<HTMLInputElement>("textbox", { name: "New name" });
    fireEvent.change(name, { target: { value: "ろーま" } });
    fireEvent.keyDown(name, { key: "Escape", isComposing: true });
    fireEvent.keyDown(name, { key: "Escape", keyCode: 229 });
    expect(name.isConnected).toBe(true);
    expect(name.value).toBe("ろーま");
  });

  test("renames, and deletes only after it was asked again", async () => {
    const store = show({ sessions: list });
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    await userEvent.click(await screen.findByRole("button", { name: "Actions for Trip to Rome" }));
    await userEvent.click(screen.getByRole("button", { name: "Rename" }));
    const name = screen.getByRole("textbox", { name: "New name" });
    await userEvent.clear(name);
    await userEvent.type(name, "Rome in May{Enter}");
    expect(store.actions.renameSession).toHaveBeenCalledWith("agent:main:trip", "Rome in May");

    await userEvent.click(screen.getByRole("button", { name: "Actions for Trip to Rome" }));
    await userEvent.click(screen.getByRole("button", { name: "Delete" }));
    expect(store.actions.deleteSession).not.toHaveBeenCalled();
    const question = screen.getByRole("alertdialog");
    expect(document.activeElement?.textContent).toBe("Cancel");
    await userEvent.click(within(question).getByRole("button", { name: "Delete" }));
    expect(store.actions.deleteSession).toHaveBeenCalledWith("agent:main:trip");
  });

  test("goes on where the gateway has more, and the person goes on with the first of them", async () => {
    const store = show({ sessions: { ...list, hasMore: true } });
    let give: () => void = () => undefined;
    store.actions.loadMoreSessions.mockImplementation(() => new Promise((resolve) => (give = resolve)));
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
    await userEvent.click(screen.getByRole("button", { name: "Loading sessions…" }));
    expect(store.actions.loadMoreSessions).toHaveBeenCalledOnce();
    const items = [...list.items, session("agent:main:old", { title: "Long ago" })];
    await act(async () => {
      store.set({ sessions: { ...list, items } });
      give();
    });
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("Long ago"));
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  test("takes the focus from nobody who went elsewhere while it loaded", async () => {
    const store = show({ sessions: { ...list, hasMore: true } });
    let give: () => void = () => undefined;
    store.actions.loadMoreSessions.mockImplementation(() => new Promise((resolve) => (give = resolve)));
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
    const elsewhere = screen.getByRole("button", { name: "New session" });
    elsewhere.focus();
    const items = [...list.items, session("agent:main:old", { title: "Long ago" })];
    await act(async () => {
      store.set({ sessions: { ...list, items, hasMore: true } });
      give();
    });
    await screen.findByRole("button", { name: "Show more" });
    expect(document.activeElement).toBe(elsewhere);
  });

  test("says that the rest could not be loaded, and keeps what is here", async () => {
    show({
      sessions: { ...list, hasMore: true, status: "failed", error: { kind: "unknown", message: "no" } },
    });
    await userEvent.click(screen.getByRole("button", { name: "Show sessions" }));
    expect((await screen.findByText("The sessions could not be loaded.")).getAttribute("role")).toBe("alert");
    expect(screen.getByRole("button", { name: /^Trip to Rome/ })).toBeTruthy();
    expect(screen.getByRole("button", { name: "Show more" })).toBeTruthy();
  });
});

describe("model and thinking", () => {
  test("are chosen from what the gateway offers", async () => {
    const models = [
      { id: "small", provider: "acme", name: "Acme Small", thinkingLevels: ["off", "high"] },
      { id: "big", provider: "acme", name: "Acme Big", thinkingLevels: ["off", "high"] },
    ];
    const store = show({}, (it) => it.actions.listModels.mockResolvedValue(models));
    const picker = await screen.findByRole("combobox", { name: "Model" });
    await userEvent.selectOptions(picker, "Acme Big");
    expect(store.actions.setModel).toHaveBeenCalledWith("acme/big");
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "Thinking" }), "High");
    expect(store.actions.setThinking).toHaveBeenCalledWith("high");
  });

  test("are asked for only over a connection, and stay when it is lost", async () => {
    const store = show({ connection: { status: "connecting", attempt: 1 } }, (it) =>
      it.actions.listModels.mockResolvedValue([
        { id: "fake-1", provider: "fake", name: "Fake One", thinkingLevels: [] },
      ]),
    );
    expect(store.actions.listModels).not.toHaveBeenCalled();
    act(() => store.set({ connection: ready.connection }));
    await screen.findByRole("combobox", { name: "Model" });
    act(() => store.set({ connection: { status: "connecting", attempt: 1 } }));
    expect(screen.getByRole("combobox", { name: "Model" })).toBeTruthy();
    expect(store.actions.listModels).toHaveBeenCalledTimes(1);
  });

  test("are not offered where the gateway does not let this person change them", () => {
    const store = show({ capabilities: { ...ready.capabilities!, canPatchModel: false } });
    expect(store.actions.listModels).not.toHaveBeenCalled();
    expect(screen.queryByRole("combobox")).toBeNull();
  });
});

describe("slash commands", () => {
  const commands = [
    { name: "help", description: "Show available commands" },
    { name: "think", description: "Set the thinking level" },
    { name: "status", description: "Show the status" },
  ];
  const type = (value: string) => fireEvent.change(composer(), { target: { value } });

  test("are offered after a slash; Enter takes one, and only then sends", async () => {
    const store = show({}, (it) => it.actions.listCommands.mockResolvedValue(commands));
    type("/");
    await screen.findByRole("option", { name: /help/ });
    fireEvent.keyDown(composer(), { key: "ArrowDown" });
    expect(screen.getByRole("option", { selected: true }).textContent).toContain("think");
    fireEvent.keyDown(composer(), { key: "Enter" });
    expect(composer().value).toBe("/think ");
    expect(store.actions.send).not.toHaveBeenCalled();
    fireEvent.keyDown(composer(), { key: "Enter" });
    expect(store.actions.send).toHaveBeenCalledOnce();
  });

  test.each([
    ["an input method is composing", { isComposing: true }],
    ["Safari ends a composition", { keyCode: 229 }],
  ])("take no key while %s", async (_, composing) => {
    show({}, (it) => it.actions.listCommands.mockResolvedValue(commands));
    type("/");
    await screen.findByRole("option", { name: /help/ });
    for (const key of ["ArrowDown", "Enter", "Tab", "Escape"])
      expect(fireEvent.keyDown(composer(), { key, ...composing }), `${key} is left alone`).toBe(true);
    expect(composer().value).toBe("/");
    expect(screen.getByRole("option", { selected: true }).textContent).toContain("help");
  });

  test("go away with Escape without stopping a run, and with a path that is none", async () => {
    const store = show({}, (it) => it.actions.listCommands.mockResolvedValue(commands));
    const run = { runId: "r", messageId: "m", own: true, phase: null, startedAt: 0 };
    act(() => store.set({ runs: [run] }));
    type("/s");
    await screen.findByRole("listbox");
    fireEvent.keyDown(composer(), { key: "Escape" });
    expect(screen.queryByRole("listbox")).toBeNull();
    expect(store.actions.abort).not.toHaveBeenCalled();
    type("/usr/bin");
    expect(screen.queryByRole("listbox")).toBeNull();
  });
});

describe("search", () => {
  test("looks through earlier pages on demand, until one of them has it", async () => {
    const older = { status: "ready", hasOlder: true, loadingOlder: false } as const;
    const store = show({ history: older }, (it) => it.show(message("c")));
    const pages = [[message("b")], [message("a", { parts: [{ type: "text", text: "the needle" }] })]];
    const loaded = [message("c")];
    store.actions.loadOlder.mockImplementation(async () => {
      loaded.unshift(...(pages.shift() ?? []));
      store.show(...loaded);
      store.set({ history: { ...older, hasOlder: pages.length > 0 } });
    });
    await userEvent.click(screen.getByRole("button", { name: "Find in conversation" }));
    const field = await screen.findByRole("searchbox", { name: "Find" });
    expect(screen.queryByRole("button", { name: "Search earlier messages" })).toBeNull();
    await userEvent.type(field, "needle");
    expect(screen.getByText("No matches")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Search earlier messages" }));
    await screen.findByText("1 of 1");
    expect(store.actions.loadOlder).toHaveBeenCalledTimes(2);
    expect(screen.queryByRole("button", { name: "Search earlier messages" })).toBeNull();
  });

  test("leaves the keys of an input method alone", async () => {
    const store = scriptedStore();
    const parts = [{ type: "text", text: "にほん" }] as const;
    store.show(message("a", { parts }), message("b", { parts }));
    render(<AutomnaChat runtime={runtimeOf(store)} />);
    await userEvent.click(screen.getByRole("button", { name: "Find in conversation" }));
    const field = await screen.findByRole("searchbox", { name: "Find" });
    fireEvent.change(field, { target: { value: "にほん" } });
    expect(screen.getByText("2 of 2")).toBeTruthy();
    for (const key of ["Enter", "Escape"])
      for (const composing of [{ isComposing: true }, { keyCode: 229 }])
        expect(fireEvent.keyDown(field, { key, ...composing }), `${key} is left alone`).toBe(true);
    expect(screen.getByText("2 of 2")).toBeTruthy();
  });

  test("counts the places where a text is, whatever its case and accents", async () => {
    const store = scriptedStore();
    const says = (id: string, text: string) => message(id, { parts: [{ type: "text", text }] });
    store.show(says("a", "Café in Rome"), says("b", "nothing"), says("c", "another CAFE"));
    render(<AutomnaChat runtime={runtimeOf(store)} />);
    await userEvent.click(screen.getByRole("button", { name: "Find in conversation" }));
    const field = await screen.findByRole("searchbox", { name: "Find" });
    expect(document.activeElement).toBe(field);
    await userEvent.type(field, "cafe");
    expect(screen.getByText("2 of 2")).toBeTruthy();
    await userEvent.keyboard("{Enter}");
    expect(screen.getByText("1 of 2")).toBeTruthy();
    await userEvent.clear(field);
    await userEvent.type(field, "absent");
    expect(screen.getByText("No matches")).toBeTruthy();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("search")).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Find in conversation" }));
  });
});

describe("history", () => {
  test("earlier messages are loaded on demand, once", async () => {
    const store = show({ history: { status: "ready", hasOlder: true, loadingOlder: false } });
    act(() => store.show(message("a")));
    await userEvent.click(screen.getByRole("button", { name: "Load earlier messages" }));
    expect(store.actions.loadOlder).toHaveBeenCalledOnce();
    act(() => store.set({ history: { status: "ready", hasOlder: true, loadingOlder: true } }));
    await userEvent.click(screen.getByRole("button", { name: "Loading earlier messages…" }));
    expect(store.actions.loadOlder).toHaveBeenCalledOnce();
    act(() => store.set({ history: { status: "ready", hasOlder: false, loadingOlder: false } }));
    expect(screen.getByText("This is the beginning of the conversation.")).toBeTruthy();
    act(() => store.set({ history: { status: "ready", hasOlder: false, loadingOlder: false, isCut: true } }));
    expect(screen.getByText("The gateway shows no earlier messages.")).toBeTruthy();
  });

  test("a latest page of nothing but hidden rows is no empty conversation: the earlier ones are offered", async () => {
    const store = scriptedStore();
    const history = { status: "ready", loadingOlder: false } as const;
    store.set({ history: { ...history, hasOlder: true } });
    render(<AutomnaChat runtime={runtimeOf(store)} empty="Say hello" />);
    expect(screen.queryByText("Say hello")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Load earlier messages" }));
    expect(store.actions.loadOlder).toHaveBeenCalledOnce();
    act(() => store.set({ history: { ...history, hasOlder: false } }));
    expect(screen.getByText("Say hello")).toBeTruthy();
    expect(screen.queryByText("This is the beginning of the conversation.")).toBeNull();
  });

  test("a history that cannot be loaded says so and can be loaded again", async () => {
    const error = { kind: "unknown", message: "The gateway did not answer." } as const;
    const store = show({ history: { status: "failed", error } });
    expect(screen.getByText("The conversation could not be loaded.")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(store.actions.reload).toHaveBeenCalledOnce();
  });

  test("a failed action is told and can be dismissed", async () => {
    const store = show({ notice: { kind: "rejected", message: "The session cannot be renamed." } });
    expect(screen.getByText("The session cannot be renamed.")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(store.actions.dismissNotice).toHaveBeenCalledOnce();
  });

  test("the day is named where it changes", () => {
    const store = show();
    const day = (id: string, date: string) => message(id, { createdAt: new Date(date).getTime() });
    act(() =>
      store.show(
        day("a", "2020-03-01T10:00:00"),
        day("b", "2020-03-01T12:00:00"),
        day("c", "2020-03-02T09:00:00"),
      ),
    );
    expect(screen.getAllByText(/March .*2020/).map(({ textContent }) => textContent)).toEqual([
      "March 1, 2020",
      "March 2, 2020",
    ]);
  });
});
