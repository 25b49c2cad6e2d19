import type { ChatState } from "@automna/client";
import { say } from "@automna/testing";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { StrictMode, useContext } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { AutomnaChat, memoryDrafts, runtimeOf, type ChatAppearance } from "../src/index.ts";
import { ReportContext } from "../src/parts/error-boundary.tsx";
import { gatewayRig, type GatewayRig } from "./gateway-rig.ts";
import { message, scriptedStore, type ScriptedStore } from "./scripted-store.ts";

let rig: GatewayRig;
beforeEach(() => {
  rig = gatewayRig();
});
afterEach(() => {
  cleanup();
  rig.close();
});

function show(initial: Partial<ChatState> = {}, appearance: ChatAppearance = {}): ScriptedStore {
  const store = scriptedStore(initial);
  render(<AutomnaChat runtime={runtimeOf(store)} {...appearance} />);
  return store;
}

const composer = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
const announcer = () => document.querySelector("[data-automna-announcer]")?.textContent;
const connection = (state: ChatState["connection"]): Partial<ChatState> => ({ connection: state });

test("the header has the host's title, and what the host offers beside", () => {
  show({}, { title: "My agent", actions: <a href="/dashboard">Dashboard</a> });
  const header = screen.getByRole("heading", { name: "My agent" }).closest("header");
  expect(within(header!).getByRole("link", { name: "Dashboard" })).toBeTruthy();
});

test("an inline onError renders nothing again that the host's own render leaves alone, and the latest one is told", () => {
  let renders = 0;
  let report: (error: unknown) => void = () => undefined;
  function Part() {
    renders += 1;
    report = useContext(ReportContext);
    return null;
  }
  const part = <Part />;
  const told: string[] = [];
  const store = scriptedStore();
  const runtime = runtimeOf(store);
  const page = (who: string) => (
    <AutomnaChat
      runtime={runtime}
      empty={part}
      onError={(error) => void told.push(`${who}: ${String(error)}`)}
    />
  );
  const view = render(page("first"));
  view.rerender(page("second"));
  expect(renders).toBe(1);
  report("broken");
  expect(told).toEqual(["second: broken"]);
});

describe("with the real client and a gateway", () => {
  test("a message is sent with Enter, and the reply streams in below it", async () => {
    rig.gateway.setModel(() => say("Hello **you**", { size: 6, ms: 100 }));
    render(
      <StrictMode>
        <AutomnaChat {...rig.options} sessionKey="main" />
      </StrictMode>,
    );
    await rig.pass();
    expect(screen.getByText("What can I do for you?")).toBeTruthy();
    fireEvent.change(composer(), { target: { value: "Hi there" } });
    fireEvent.keyDown(composer(), { key: "Enter" });
    expect(composer().value).toBe("");
    await rig.pass(2_000);
    const rows = screen.getAllByRole("article");
    expect(rows.map((row) => row.getAttribute("data-role"))).toEqual(["user", "assistant"]);
    expect(within(rows[0]!).getByText("Hi there")).toBeTruthy();
    expect(within(rows[1]!).getByText("you").tagName).toBe("STRONG");
    expect(rig.gateway.runsStarted).toHaveLength(1);
  });

  test("Escape stops the reply", async () => {
    rig.gateway.setModel(() => say("word ".repeat(200), { size: 5, ms: 100 }));
    render(<AutomnaChat {...rig.options} />);
    await rig.pass();
    fireEvent.change(composer(), { target: { value: "go" } });
    fireEvent.keyDown(composer(), { key: "Enter" });
    await rig.pass(800);
    expect(screen.getByRole("button", { name: "Stop" })).toBeTruthy();
    fireEvent.keyDown(composer(), { key: "Escape" });
    await rig.pass(800);
    expect(rig.gateway.activeRuns()).toEqual([]);
    expect(screen.queryByRole("button", { name: "Stop" })).toBeNull();
  });

  test("a message that is sent while the gateway is away is stored once when it is back", async () => {
    render(<AutomnaChat {...rig.options} />);
    await rig.pass();
    rig.gateway.kill();
    await rig.pass(100);
    fireEvent.change(composer(), { target: { value: "are you there?" } });
    fireEvent.keyDown(composer(), { key: "Enter" });
    await rig.pass(100);
    expect(screen.getByText("Waiting for the gateway")).toBeTruthy();
    rig.gateway.start();
    await rig.pass(20_000);
    expect(rig.gateway.transcript("main").filter(({ role }) => role === "user")).toHaveLength(1);
    expect(screen.queryByText("Waiting for the gateway")).toBeNull();
  });

  test("a wrong token says so and does not try again by itself", async () => {
    render(<AutomnaChat {...rig.options} authToken="wrong" />);
    await rig.pass();
    expect(screen.getByText(/does not accept this token/)).toBeTruthy();
    const attempts = rig.gateway.connections;
    await rig.pass(20_000);
    expect(rig.gateway.connections).toBe(attempts);
    expect(screen.getByRole("button", { name: "Reconnect" })).toBeTruthy();
  });
});

describe("the connection banner", () => {
  test("is silent while all is well", () => {
    show();
    expect(screen.queryByRole("button", { name: "Reconnect" })).toBeNull();
    expect(screen.getByRole("img", { name: "Connected" })).toBeTruthy();
  });

  test("tells a first connection from a reconnection", () => {
    const store = show({ ...connection({ status: "connecting", attempt: 1 }), everConnected: false });
    expect(screen.getByText("Connecting to the gateway…")).toBeTruthy();
    act(() => store.set({ everConnected: true }));
    expect(screen.getByText("Reconnecting to the gateway…")).toBeTruthy();
  });

  test("counts down to the next attempt, silently, and can try at once", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const store = show(
      connection({
        status: "waiting",
        attempt: 3,
        retryAt: 1_005_000,
        reason: { code: "gateway-restarting" },
      }),
    );
    expect(screen.getByText(/^The gateway is restarting\./)).toBeTruthy();
    expect(screen.getByText(/in 5 sec/).getAttribute("aria-hidden")).toBe("true");
    act(() => void vi.advanceTimersByTime(2_000));
    expect(screen.getByText(/in 3 sec/)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Reconnect" }));
    expect(store.actions.reconnect).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });

  test("shows what to type to approve this device", () => {
    show(connection({ status: "pairing", requestId: "req-7", retryAt: 0 }));
    expect(screen.getByText("This device waits for approval")).toBeTruthy();
    expect(screen.getByText("openclaw devices approve req-7")).toBeTruthy();
    expect(screen.getByText("clawdbot devices approve req-7")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Check now" })).toBeTruthy();
  });
});

describe("messages", () => {
  test("an unconfirmed one can be sent again or discarded, and says why it asks", () => {
    const store = show();
    act(() =>
      store.show(message("s1", { role: "user", status: "unconfirmed", sendId: "s1", stored: false })),
    );
    expect(screen.getByText(/could run it twice/)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Send again" }));
    expect(store.actions.retry).toHaveBeenCalledWith("s1");
    fireEvent.click(screen.getByRole("button", { name: "Discard" }));
    expect(store.actions.discard).toHaveBeenCalledWith("s1");
  });

  test("a failed reply says what went wrong", () => {
    const store = show();
    act(() =>
      store.show(message("a", { status: "error", error: { kind: "rate_limit", message: "Slow down" } })),
    );
    expect(screen.getByText("The reply failed")).toBeTruthy();
    expect(screen.getByText(/Slow down/)).toBeTruthy();
  });

  test("one that cannot be rendered takes no other with it, and comes back when it changes", () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const onError = vi.fn();
    const store = show({}, { onError });
    const broken = message("b", { createdAt: Number.NaN });
    act(() => store.show(message("a"), broken, message("c")));
    expect(screen.getByText("text of a")).toBeTruthy();
    expect(screen.getByText("This cannot be shown.")).toBeTruthy();
    expect(screen.getByText("text of c")).toBeTruthy();
    expect(onError).toHaveBeenCalledWith(expect.any(RangeError));
    act(() => store.show(message("a"), message("b"), message("c")));
    expect(screen.queryByText("This cannot be shown.")).toBeNull();
    vi.restoreAllMocks();
  });

  test("a person's own words are shown as they were typed, an assistant's as markdown", () => {
    const store = show();
    const parts = [{ type: "text", text: "**stars**" }] as const;
    act(() => store.show(message("u", { role: "user", parts }), message("a", { parts })));
    expect(screen.getByText("**stars**")).toBeTruthy();
    expect(screen.getByText("stars").tagName).toBe("STRONG");
  });

  test("a tool's result is rendered only when somebody opens it, and a huge one only in part", () => {
    const store = show();
    const result = "x".repeat(100_000);
    const call = {
      type: "tool-call",
      toolCallId: "t",
      name: "exec",
      args: { command: "ls" },
      state: "done",
    } as const;
    act(() => store.show(message("a", { parts: [{ ...call, result }] })));
    expect(document.body.textContent).not.toContain("xxx");
    const details = screen.getByText("exec").closest("details")!;
    details.open = true;
    fireEvent(details, new Event("toggle"));
    expect(within(details).getByRole("group", { name: "Result" }).textContent?.length).toBeLessThan(10_000);
    fireEvent.click(within(details).getByRole("button", { name: "Show the whole message" }));
    expect(within(details).getByRole("group", { name: "Result" }).textContent).toBe(result);
  });

  test("the text of an edited message is sent as a new one", async () => {
    const store = show();
    act(() => store.show(message("u", { role: "user", parts: [{ type: "text", text: "first" }] })));
    fireEvent.click(screen.getByRole("button", { name: "Edit and send again" }));
    const editor = await screen.findByDisplayValue("first");
    fireEvent.change(editor, { target: { value: "second" } });
    fireEvent.keyDown(editor, { key: "Enter" });
    expect(store.actions.editAndResend).toHaveBeenCalledWith("u", "second");
  });

  test("a picture from elsewhere is named, not fetched", () => {
    const store = show();
    const image = { type: "image", mimeType: "image/png", fileName: "cat.png" } as const;
    act(() =>
      store.show(
        message("a", { parts: [{ ...image, url: "https://elsewhere.example/beacon.png" }] }),
        message("b", { parts: [{ ...image, url: "data:image/png;base64,iVBORw0KGgo=" }] }),
        message("c", { parts: [{ ...image, url: "data:image/svg+xml;base64,PHN2Zz4=" }] }),
      ),
    );
    expect(screen.getAllByRole("img", { name: "cat.png" }).map((it) => it.getAttribute("src"))).toEqual([
      "data:image/png;base64,iVBORw0KGgo=",
    ]);
  });
});

describe("the composer", () => {
  test.each([
    ["an input method is composing", { key: "Enter", isComposing: true }],
    ["Safari ends a composition", { key: "Enter", keyCode: 229 }],
    ["Shift is held", { key: "Enter", shiftKey: true }],
  ])("Enter sends nothing while %s", (_, event) => {
    const store = show();
    fireEvent.change(composer(), { target: { value: "にほん" } });
    fireEvent.keyDown(composer(), event);
    expect(store.actions.send).not.toHaveBeenCalled();
  });

  test("an empty message is not sent", async () => {
    const store = show();
    await userEvent.type(composer(), "   {Enter}");
    expect(store.actions.send).not.toHaveBeenCalled();
  });

  test("a refused message stays, with the reason", async () => {
    const { OutboxFullError } = await import("@automna/client");
    const store = show();
    store.actions.send.mockImplementation(() => {
      throw new OutboxFullError(50);
    });
    await userEvent.type(composer(), "hello{Enter}");
    expect(composer().value).toBe("hello");
    expect(screen.getByText(/Too many messages wait/)).toBeTruthy();
  });

  test("keeps what was typed for each session", () => {
    const store = show();
    fireEvent.change(composer(), { target: { value: "for main" } });
    act(() => store.set({ sessionKey: "agent:main:work" }));
    expect(composer().value).toBe("");
    fireEvent.change(composer(), { target: { value: "for work" } });
    act(() => store.set({ sessionKey: "agent:main:main" }));
    expect(composer().value).toBe("for main");
  });

  test("keeps what was typed across a remount, and forgets it when it is sent", () => {
    const runtime = runtimeOf(scriptedStore(), memoryDrafts());
    const first = render(<AutomnaChat runtime={runtime} />);
    fireEvent.change(composer(), { target: { value: "half a thought" } });
    first.unmount();
    const second = render(<AutomnaChat runtime={runtime} />);
    expect(composer().value).toBe("half a thought");
    fireEvent.keyDown(composer(), { key: "Enter" });
    second.unmount();
    render(<AutomnaChat runtime={runtime} />);
    expect(composer().value).toBe("");
  });

  test("text that was typed before the gateway named the session stays", () => {
    const store = show({ everConnected: false, sessionKey: "agent:main:main" });
    fireEvent.change(composer(), { target: { value: "early" } });
    act(() => store.set({ everConnected: true, sessionKey: "agent:other:main" }));
    expect(composer().value).toBe("early");
  });

  /** A file is named before it has been read. */
  const canSend = () =>
    vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Send" }).getAttribute("aria-disabled")).toBe("false"),
    );

  test("pasted and dropped files are attached, those that the gateway refuses are named", async () => {
    const store = show();
    const good = new File([new Uint8Array(10)], "good.png", { type: "image/png" });
    const big = new File([new Uint8Array(1_500_000)], "big.png", { type: "image/png" });
    fireEvent.paste(composer(), { clipboardData: { files: [good], types: ["Files"] } });
    await screen.findByText("good.png");
    fireEvent.drop(composer(), { dataTransfer: { files: [big], types: ["Files"] } });
    await screen.findByText(/“big.png” is 1.5 MB; this gateway accepts up to 1 MB/);
    await canSend();
    fireEvent.click(screen.getByRole("button", { name: "Send" }));
    const [text, options] = store.actions.send.mock.calls[0]!;
    expect(text).toBe("");
    expect(options?.attachments?.map(({ fileName, size }) => [fileName, size])).toEqual([["good.png", 10]]);
  });

  const paste = (...files: readonly File[]) =>
    fireEvent.paste(composer(), { clipboardData: { files, types: ["Files"] } });
  const picture = (bytes: number) => new File([new Uint8Array(bytes)], "image.png", { type: "image/png" });

  test("of two pictures that have one name only that goes which the gateway refuses", async () => {
    const store = show();
    paste(picture(10));
    await screen.findByText("image.png");
    paste(picture(1_500_000));
    await screen.findByText(/“image.png” is 1.5 MB/);
    await canSend();
    fireEvent.click(screen.getByRole("button", { name: "Send" }));
    expect(store.actions.send.mock.calls[0]?.[1]?.attachments?.map(({ size }) => size)).toEqual([10]);
  });

  test("a message waits for the files that are being read for it", async () => {
    const prepared = Promise.withResolvers<void>();
    const store = scriptedStore();
    const prepareFile = (file: File) => prepared.promise.then(() => file);
    render(<AutomnaChat runtime={runtimeOf(store)} prepareFile={prepareFile} />);
    fireEvent.change(composer(), { target: { value: "Look at this" } });
    paste(picture(10));
    fireEvent.keyDown(composer(), { key: "Enter" });
    expect(store.actions.send).not.toHaveBeenCalled();
    expect(screen.getByRole("button", { name: "Send" }).getAttribute("aria-disabled")).toBe("true");
    prepared.resolve();
    await canSend();
    fireEvent.keyDown(composer(), { key: "Enter" });
    expect(store.actions.send.mock.calls[0]?.[1]?.attachments).toHaveLength(1);
  });

  test("a file that is never ready can be taken out, and then the message goes without it", async () => {
    const store = scriptedStore();
    const prepareFile = (file: File) => (file.size === 10 ? file : Promise.withResolvers<File>().promise);
    render(<AutomnaChat runtime={runtimeOf(store)} prepareFile={prepareFile} />);
    fireEvent.change(composer(), { target: { value: "Look at this" } });
    const never = new File([new Uint8Array(20)], "never.png", { type: "image/png" });
    paste(never, picture(10));
    await screen.findByText("never.png");
    fireEvent.keyDown(composer(), { key: "Enter" });
    expect(store.actions.send).not.toHaveBeenCalled();
    fireEvent.click(await screen.findByRole("button", { name: "Remove never.png" }));
    expect(screen.queryByText("never.png")).toBeNull();
    await canSend();
    fireEvent.keyDown(composer(), { key: "Enter" });
    const [text, options] = store.actions.send.mock.calls[0]!;
    expect(text).toBe("Look at this");
    expect(options?.attachments?.map(({ fileName }) => fileName)).toEqual(["image.png"]);
  });

  test("a file that was taken out does not come back when it is read at last", async () => {
    const prepared = Promise.withResolvers<void>();
    const prepareFile = (file: File) => prepared.promise.then(() => file);
    render(<AutomnaChat runtime={runtimeOf(scriptedStore())} prepareFile={prepareFile} />);
    paste(picture(10));
    fireEvent.click(await screen.findByRole("button", { name: "Remove image.png" }));
    await act(async () => {
      prepared.resolve();
      await picture(10).arrayBuffer();
    });
    expect(screen.queryByText("image.png")).toBeNull();
  });

  test("what was wrong with a file is not forgotten when another one comes", async () => {
    const gone = new File([], "gone.txt");
    const slow = Promise.withResolvers<ArrayBuffer>();
    gone.arrayBuffer = () => slow.promise;
    show();
    paste(gone);
    paste(picture(10));
    slow.reject(new Error("NotReadableError"));
    await screen.findByText("image.png");
    await screen.findByText(/“gone.txt” cannot be read/);
    paste(picture(10));
    await vi.waitFor(() => expect(screen.queryByText(/“gone.txt” cannot be read/)).toBeNull());
  });
});

describe("for a screen reader", () => {
  test("the start and the finished reply are said once; nothing in between", () => {
    const store = show();
    const said: string[] = [];
    const observer = new MutationObserver(() => said.push(announcer() ?? ""));
    observer.observe(document.querySelector("[data-automna-announcer]")!, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    const run = { runId: "r", messageId: "a", own: true, phase: null, startedAt: 0 };
    const live = (text: string) => message("a", { status: "streaming", parts: [{ type: "text", text }] });
    act(() => store.set({ runs: [run] }));
    expect(announcer()).toBe("The assistant is replying.");
    for (let delta = 1; delta <= 30; delta += 1) act(() => store.show(live("word ".repeat(delta))));
    expect(announcer()).toBe("The assistant is replying.");
    act(() => {
      store.show(message("a", { parts: [{ type: "text", text: "All **done**." }] }));
      store.set({ runs: [] });
    });
    expect(announcer()).toBe("The assistant replied: All done.");
    observer.disconnect();
  });

  test("a reply that comes whole, without a run that was seen, is said once", () => {
    const store = show();
    const asked = message("u", { role: "user", stored: false });
    act(() => store.show(message("old"), asked));
    const whole = message("s", { stored: false, parts: [{ type: "text", text: "Model: **small**" }] });
    act(() => store.show(message("old"), asked, whole));
    expect(announcer()).toBe("The assistant replied: Model: small");
    const node = document.querySelector("[data-automna-announcer] span");
    act(() => store.show(message("old"), { ...asked, stored: true }, { ...whole, stored: true }));
    expect(document.querySelector("[data-automna-announcer] span")).toBe(node);
  });

  test("of a reply that ended while another session was open nothing is said", () => {
    const store = show();
    act(() => store.show(message("old")));
    act(() => {
      store.set({ sessionKey: "agent:main:other", history: { status: "loading" } });
      store.show(message("s", { stored: false }));
      store.set({ history: { status: "ready", hasOlder: false, loadingOlder: false } });
    });
    expect(announcer()).toBe("");
  });

  test("opening a session with history says nothing", () => {
    const store = show({ history: { status: "loading" } });
    act(() => {
      store.show(message("u", { role: "user" }), message("a"));
      store.set({ history: { status: "ready", hasOlder: false, loadingOlder: false } });
    });
    expect(announcer()).toBe("");
  });

  test("the transcript is a named log that is not live", () => {
    show();
    expect(screen.getByRole("log", { name: "Conversation" }).getAttribute("aria-live")).toBe("off");
  });
});
