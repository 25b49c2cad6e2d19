import { act, cleanup, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { message, scriptedStore } from "./scripted-store.ts";

beforeEach(() => vi.resetModules());
afterEach(cleanup);

const asked = message("u", { role: "user", parts: [{ type: "text", text: "Where is it?" }] });

async function page() {
  const { AutomnaChat, runtimeOf } = await import("../src/index.ts");
  const store = scriptedStore();
  store.show(asked, message("a"));
  render(<AutomnaChat runtime={runtimeOf(store)} />);
  await screen.findByText("Where is it?");
  return store;
}

const row = () => within(document.querySelector<HTMLElement>('[data-row-id="u"]')!);
const edit = () => userEvent.click(row().getByRole("button", { name: "Edit and send again" }));
const field = () => row().findByRole<HTMLTextAreaElement>("textbox");

test("what was changed in a message is there again when its row comes back, and takes no focus then", async () => {
  const store = await page();
  await edit();
  await userEvent.type(await field(), " Exactly?");
  act(() => store.show(message("a")));
  act(() => store.show(asked, message("a")));
  expect((await field()).value).toBe("Where is it? Exactly?");
  expect(document.activeElement).not.toBe(await field());
  await userEvent.click(row().getByRole("button", { name: "Send" }));
  expect(store.actions.editAndResend.mock.calls).toEqual([["u", "Where is it? Exactly?"]]);
  act(() => store.show(message("a")));
  await act(async () => store.show(asked, message("a")));
  expect(row().queryByRole("textbox")).toBeNull();
});

test("while the editor cannot be fetched, the message stays to be read, and Edit tries again", async () => {
  vi.doMock("../src/parts/message-editor.tsx", () => {
    throw new Error("Failed to fetch");
  });
  await page();
  await edit();
  expect(row().getByText("Where is it?")).toBeTruthy();
  vi.doUnmock("../src/parts/message-editor.tsx");
  await edit();
  expect((await field()).value).toBe("Where is it?");
});
