import { linkIdOf, selectMessages, type ChatStore, type Message } from "@automna/client";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { AutomnaChat, createChatRuntime, runtimeOf, tabDrafts } from "../src/index.ts";
import { gatewayRig } from "./gateway-rig.ts";

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe.each([3, 4] as const)("when the page is loaded again, over protocol %i,", (protocol) => {
  function chats() {
    const rig = gatewayRig({ protocol });
    onTestFinished(() => rig.close());
    /** A page with the chat; `null`: the one before is left, and its chat with it. */
    const load = async (messageId?: string): Promise<ChatStore> => {
      cleanup();
      const { store } = createChatRuntime({ ...rig.options, sessionKey: "main" });
      onTestFinished(() => store.dispose());
      store.start();
      render(<AutomnaChat runtime={runtimeOf(store, tabDrafts("test"))} {...(messageId && { messageId })} />);
      await rig.pass(2_000);
      return store;
    };
    return { rig, load };
  }

  const said = (store: ChatStore, text: string): Message => {
    const found = selectMessages(store.getState()).find(
      ({ parts: [part] }) => part?.type === "text" && part.text === text,
    );
    if (found === undefined) throw new Error(`Nobody said "${text}".`);
    return found;
  };
  const row = (id: string) => document.querySelector<HTMLElement>(`[data-row-id="${id}"]`)!;

  test("a link that was taken before opens the same message", async () => {
    const { rig, load } = chats();
    const before = await load();
    for (const text of ["one", "two", "three"]) {
      before.actions.send(text);
      await rig.pass(2_000);
    }
    const link = linkIdOf(said(before, "Echo: two"));
    before.dispose();
    const after = await load(link);
    const { id } = said(after, "Echo: two");
    await vi.waitFor(() => expect(document.activeElement?.getAttribute("data-message-id")).toBe(id));
  });

  test("a change that was begun before is still there", async () => {
    const { rig, load } = chats();
    const before = await load();
    before.actions.send("Where is it?");
    await rig.pass(2_000);
    const id = said(before, "Where is it?").id;
    fireEvent.click(within(row(id)).getByRole("button", { name: "Edit and send again" }));
    const field = await within(row(id)).findByRole("textbox");
    fireEvent.change(field, { target: { value: "Where is it exactly?" } });
    before.dispose();

    const after = await load();
    const again = said(after, "Where is it?").id;
    expect(await within(row(again)).findByDisplayValue("Where is it exactly?")).toBeTruthy();
    fireEvent.click(within(row(again)).getByRole("button", { name: "Send" }));
    await rig.pass(2_000);
    expect(said(after, "Echo: Where is it exactly?")).toBeTruthy();
    after.dispose();
    const last = await load();
    expect(screen.queryByDisplayValue("Where is it exactly?")).toBeNull();
    last.dispose();
  });

  test("a change that was begun before the message was stored is still there", async () => {
    const { rig, load } = chats();
    const before = await load();
    before.actions.send("Hello?");
    await rig.pass(2_000);
    rig.gateway.slow("chat.history", 3_000);
    const id = before.actions.send("Where is it?");
    await vi.waitFor(async () => {
      await rig.pass(25);
      expect(within(row(id)).getByRole("button", { name: "Edit and send again" })).toBeTruthy();
    });
    expect(said(before, "Where is it?").stored).toBe(false);
    fireEvent.click(within(row(id)).getByRole("button", { name: "Edit and send again" }));
    const field = await within(row(id)).findByRole("textbox");
    fireEvent.change(field, { target: { value: "Where is it exactly?" } });
    rig.gateway.slow("chat.history", 0);
    await rig.pass(10_000);
    expect(said(before, "Where is it?").stored).toBe(true);
    before.dispose();

    const after = await load();
    const again = said(after, "Where is it?").id;
    expect(await within(row(again)).findByDisplayValue("Where is it exactly?")).toBeTruthy();
    after.dispose();
  });
});
