import { selectMessages } from "@automna/client";
import { words } from "@automna/testing";
import { act, cleanup, render, screen } from "@testing-library/react";
import { Profiler, StrictMode, useEffect, type ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  ChatProvider,
  runtimeOf,
  useClawdbotRuntime,
  useConnection,
  useIsRunning,
  useMessage,
  useMessageIds,
  type ChatRuntime,
  type ClawdbotRuntimeOptions,
} from "../src/index.ts";
import { gatewayRig, type GatewayRig } from "./gateway-rig.ts";
import { message, scriptedStore } from "./scripted-store.ts";

let rig: GatewayRig;
beforeEach(() => {
  rig = gatewayRig();
});
afterEach(() => {
  cleanup();
  rig.close();
});

function Probe({
  onRuntime,
  ...options
}: ClawdbotRuntimeOptions & { onRuntime?: (it: ChatRuntime) => void }) {
  const runtime = useClawdbotRuntime(options);
  const { status } = useConnection(runtime);
  useEffect(() => onRuntime?.(runtime), [runtime, onRuntime]);
  return <output>{status}</output>;
}

const status = () => screen.getByRole("status").textContent;

describe("the life of the connection", () => {
  test("rendering alone opens nothing", () => {
    const store = scriptedStore();
    const start = vi.spyOn(store, "start");
    const create = vi.fn(() => store);
    function Suspended(): ReactElement {
      useClawdbotRuntime({ ...rig.options, createStore: create });
      throw new Error("never committed");
    }
    const silence = vi.spyOn(console, "error").mockReturnValue(undefined);
    expect(() => render(<Suspended />)).toThrow("never committed");
    silence.mockRestore();
    expect(create).toHaveBeenCalled();
    expect(start).not.toHaveBeenCalled();
  });

  test("StrictMode opens one socket, and unmounting closes it and leaves no timer", async () => {
    const { unmount } = render(
      <StrictMode>
        <Probe {...rig.options} />
      </StrictMode>,
    );
    await rig.pass();
    expect(status()).toBe("ready");
    expect(rig.gateway.connections).toBe(1);
    unmount();
    await rig.pass(3_000);
    expect(rig.gateway.open).toBe(0);
    rig.gateway.close();
    expect(rig.clock.pending()).toBe(0);
  });

  test("100 fast remounts keep at most one socket and leak no timer", async () => {
    let most = 0;
    for (let round = 0; round < 100; round += 1) {
      const { unmount } = render(<Probe key={round} {...rig.options} />);
      await rig.pass(round % 3 === 0 ? 25 : 1);
      most = Math.max(most, rig.gateway.open);
      unmount();
    }
    expect(most).toBe(1);
    expect(rig.gateway.connections).toBe(1);
    await rig.pass(3_000);
    expect(rig.gateway.open).toBe(0);
    rig.gateway.close();
    expect(rig.clock.pending()).toBe(0);
  });

  test("remounting in one task opens nothing until it stays", async () => {
    const token = () => "test-token";
    for (let round = 0; round < 100; round += 1)
      render(<Probe key={round} {...rig.options} authToken={() => token()} />).unmount();
    await rig.pass();
    expect(rig.gateway.connections).toBe(0);
  });

  test("an inline arrow for the token reconnects nothing, and the latest one is asked", async () => {
    const asked: string[] = [];
    const chat = (name: string) => (
      <Probe {...rig.options} authToken={() => (asked.push(name), "test-token")} />
    );
    const { rerender } = render(chat("first"));
    await rig.pass();
    expect(status()).toBe("ready");
    for (let round = 0; round < 20; round += 1) rerender(chat(`render ${round}`));
    await rig.pass();
    expect(rig.gateway.connections).toBe(1);
    expect(asked).toEqual(["first"]);
    rig.gateway.dropAll();
    await rig.pass(3_000);
    expect(status()).toBe("ready");
    expect(asked).toEqual(["first", "render 19"]);
  });

  test("another token is another person: a new chat on a new socket, the old one closed", async () => {
    const runtimes = new Set<ChatRuntime>();
    const collect = (runtime: ChatRuntime) => void runtimes.add(runtime);
    const { rerender } = render(<Probe {...rig.options} authToken="wrong" onRuntime={collect} />);
    await rig.pass();
    expect(status()).toBe("failed");
    rerender(<Probe {...rig.options} onRuntime={collect} />);
    await rig.pass();
    expect(status()).toBe("ready");
    expect(runtimes.size).toBe(2);
    await rig.pass(3_000);
    expect(rig.gateway.open).toBe(1);
  });

  test("another person behind a function has a chat and drafts of their own", async () => {
    const token = () => rig.options.authToken;
    const seen: ChatRuntime[] = [];
    const collect = (runtime: ChatRuntime) => void seen.push(runtime);
    const chatOf = (person: string) => (
      <Probe {...rig.options} authToken={token} storageScope={person} onRuntime={collect} />
    );
    const { rerender } = render(chatOf("ada"));
    await rig.pass();
    const ada = seen[0]!;
    act(() => void ada.actions.send("Ada's question"));
    ada.drafts.set("main", "Ada's draft");
    rerender(chatOf("ada"));
    expect(seen).toEqual([ada]);

    rerender(chatOf("bob"));
    const bob = seen.at(-1)!;
    expect(bob).not.toBe(ada);
    expect(bob.drafts.get("main")).toBe("");
    expect(selectMessages(bob.store.getState())).toEqual([]);
    await rig.pass();
    expect(status()).toBe("ready");
    expect(rig.gateway.open).toBe(1);
  });

  test("another person whom something in front of the gateway knows has a connection of their own", async () => {
    const open = vi.fn(rig.options.transport);
    const chatOf = (person: string) => (
      <Probe {...rig.options} authToken={null} storageScope={person} transport={open} />
    );
    const { rerender } = render(chatOf("ada"));
    await rig.pass();
    expect(open).toHaveBeenCalledTimes(1);
    rerender(chatOf("bob"));
    await rig.pass();
    expect(open).toHaveBeenCalledTimes(2);
  });

  test("another session key switches over the same socket; an unchanged one does not undo the person's switch", async () => {
    rig.gateway.seedSession("work", [{ user: "a", assistant: "b" }]);
    let runtime: ChatRuntime | undefined;
    const collect = (it: ChatRuntime) => void (runtime = it);
    const { rerender } = render(<Probe {...rig.options} sessionKey="main" onRuntime={collect} />);
    await rig.pass();
    rerender(<Probe {...rig.options} sessionKey="work" onRuntime={collect} />);
    await rig.pass();
    expect(runtime?.store.getState().sessionKey).toBe("agent:main:work");
    expect(rig.gateway.connections).toBe(1);
    act(() => runtime?.actions.switchSession("main"));
    rerender(<Probe {...rig.options} sessionKey="work" onRuntime={collect} />);
    await rig.pass();
    expect(runtime?.store.getState().sessionKey).toBe("agent:main:main");
  });
});

describe("narrow subscriptions", () => {
  function rows(store: ReturnType<typeof scriptedStore>) {
    const renders = new Map<string, number>();
    const count = (id: string) => () => void renders.set(id, (renders.get(id) ?? 0) + 1);
    function Row({ id }: { id: string }) {
      const shown = useMessage(id);
      return <li>{shown?.parts.map((part) => (part.type === "text" ? part.text : "")).join("")}</li>;
    }
    function List() {
      const ids = useMessageIds();
      const running = useIsRunning();
      return (
        <ul data-running={running}>
          {ids.map((id) => (
            <Profiler key={id} id={id} onRender={count(id)}>
              <Row id={id} />
            </Profiler>
          ))}
        </ul>
      );
    }
    render(
      <ChatProvider runtime={runtimeOf(store)}>
        <Profiler id="list" onRender={count("list")}>
          <List />
        </Profiler>
      </ChatProvider>,
    );
    return renders;
  }

  test("while one message streams, no other row and no list renders, and a burst in one frame renders once", async () => {
    const store = scriptedStore();
    const live = (text: string) =>
      message("live", { status: "streaming", parts: [{ type: "text", text }], stored: false });
    const others = Array.from({ length: 20 }, (_, index) => message(`m${index}`));
    store.show(...others, live(""));
    const renders = rows(store);
    renders.clear();
    for (let delta = 0; delta < 50; delta += 1)
      act(() => {
        const { transcript } = store.getState();
        store.set({ transcript: { ...transcript, live: { live: live(`text ${delta}`) } } });
      });
    expect(renders.size).toBe(0);
    await rig.pass(25);
    expect(renders.get("live")).toBe(1);
    expect([...renders.keys()].filter((id) => id !== "live" && id !== "list")).toEqual([]);
    expect(screen.getByText("text 49")).toBeTruthy();
  });

  test("the end of a reply is shown at once, without waiting for a frame", () => {
    const store = scriptedStore();
    store.show(message("a", { status: "streaming", parts: [{ type: "text", text: "half" }] }));
    rows(store);
    act(() => store.show(message("a", { parts: [{ type: "text", text: "whole" }] })));
    expect(screen.getByText("whole")).toBeTruthy();
  });

  test("a reply of the real client streams in and ends as the gateway stored it", async () => {
    rig.gateway.setModel(() => words(40, 20));
    let runtime: ChatRuntime | undefined;
    const collect = (it: ChatRuntime) => void (runtime = it);
    function Chat() {
      const own = useClawdbotRuntime(rig.options);
      const ids = useMessageIds(own);
      useEffect(() => collect(own), [own]);
      return (
        <ul>
          {ids.map((id) => (
            <Line key={id} id={id} runtime={own} />
          ))}
        </ul>
      );
    }
    function Line({ id, runtime }: { id: string; runtime: ChatRuntime }) {
      const shown = useMessage(id, runtime);
      return <li>{shown?.parts.map((part) => (part.type === "text" ? part.text : "")).join("")}</li>;
    }
    render(<Chat />);
    await rig.pass();
    act(() => void runtime?.actions.send("hello"));
    await rig.pass(500);
    const partly = screen.getAllByRole("listitem").at(-1)?.textContent ?? "";
    expect(partly).toMatch(/^w1 w2/);
    expect(partly).not.toContain("w40");
    await rig.pass(2_000);
    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual(
      rig.gateway.transcript("main").map(({ text }) => text),
    );
  });
});
