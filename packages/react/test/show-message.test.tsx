import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { ConnectionLostError, type ChatState } from "@automna/client";
import { AutomnaChat, runtimeOf } from "../src/index.ts";
import { CONNECTED } from "./connected.ts";
import { message, scriptedStore } from "./scripted-store.ts";

afterEach(cleanup);

const LONG = { status: "ready", hasOlder: true, loadingOlder: false } satisfies ChatState["history"];

async function link(prepare: (store: ReturnType<typeof scriptedStore>) => void = () => {}) {
  const store = scriptedStore({ history: LONG });
  store.show(message("last"));
  prepare(store);
  render(<AutomnaChat runtime={runtimeOf(store)} messageId="wanted" />);
  await act(async () => {});
  return store;
}

const focused = () => document.activeElement?.getAttribute("data-message-id");

test("a linked message takes the focus once: whoever writes meanwhile keeps it when the row comes back", async () => {
  const store = await link();
  await act(async () => store.show(message("wanted"), message("last")));
  expect(focused()).toBe("wanted");
  act(() => screen.getByRole("textbox", { name: "Message" }).focus());
  act(() => store.show(message("last")));
  await act(async () => store.show(message("wanted"), message("last")));
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Message" }));
});

test("a refused page ends the search for a linked message, and is nobody's unhandled rejection", async () => {
  const store = await link((one) => {
    one.actions.loadOlder.mockImplementation(async () => {
      one.set({ history: { ...LONG, loadingOlder: true } });
      await Promise.resolve();
      one.set({ history: LONG });
      throw new Error("refused");
    });
  });
  for (let round = 0; round < 5; round += 1) await act(async () => store.set({ runs: [] }));
  expect(store.actions.loadOlder).toHaveBeenCalledTimes(1);
});

test("page after page is fetched until the message is there", async () => {
  const loadOlder = vi.fn();
  const store = await link((one) => {
    one.actions.loadOlder.mockImplementation(async () => {
      loadOlder();
      const rows = loadOlder.mock.calls.length < 3 ? [message("last")] : [message("wanted"), message("last")];
      one.show(...rows);
    });
  });
  await vi.waitFor(() => expect(focused()).toBe("wanted"));
  await act(async () => store.set({ runs: [] }));
  expect(loadOlder).toHaveBeenCalledTimes(3);
});

test("a linked message that is nowhere is not looked for among the rows with every token of a reply", async () => {
  const store = await link();
  const { transcript } = store.getState();
  const order = [...transcript.order];
  const looks = vi.spyOn(order, "includes");
  await act(async () => store.set({ transcript: { ...transcript, order } }));
  const first = looks.mock.calls.length;
  expect(first).toBeGreaterThan(0);
  for (const text of ["one", "one two"])
    await act(async () =>
      store.set({
        transcript: {
          ...transcript,
          order,
          live: { run: message("run", { parts: [{ type: "text", text }] }) },
        },
      }),
    );
  expect(looks).toHaveBeenCalledTimes(first);
});

test("the search for a linked message does not go on in another session", async () => {
  let answer = () => {};
  const store = await link((one) => {
    one.actions.loadOlder.mockImplementation(
      () => new Promise((resolve) => (answer = () => resolve(undefined))),
    );
  });
  expect(store.actions.loadOlder).toHaveBeenCalledTimes(1);
  await act(async () => {
    store.set({ sessionKey: "agent:main:other" });
    answer();
  });
  await act(async () => store.set({ runs: [] }));
  expect(store.actions.loadOlder).toHaveBeenCalledTimes(1);
});

const AWAY = {
  status: "waiting",
  attempt: 1,
  retryAt: 0,
  reason: { code: "provider-failed" },
} satisfies ChatState["connection"];

test("while the gateway is away nothing is asked for, and the search goes on when it is back", async () => {
  const store = await link((one) => one.set({ connection: AWAY }));
  expect(store.actions.loadOlder).not.toHaveBeenCalled();
  store.actions.loadOlder.mockImplementation(async () => store.show(message("wanted"), message("last")));
  await act(async () => store.set({ connection: CONNECTED }));
  await vi.waitFor(() => expect(focused()).toBe("wanted"));
});

test("a page that was lost with the connection is asked for over the next one", async () => {
  const store = await link((one) => {
    one.actions.loadOlder.mockImplementation(async () => {
      one.set({ connection: AWAY });
      throw new ConnectionLostError("chat.history", true);
    });
  });
  expect(store.actions.loadOlder).toHaveBeenCalledTimes(1);
  store.actions.loadOlder.mockImplementation(async () => store.show(message("wanted"), message("last")));
  await act(async () => store.set({ connection: CONNECTED }));
  await vi.waitFor(() => expect(focused()).toBe("wanted"));
});

test("a page that is refused for a former link takes nothing from the next one", async () => {
  let refuse = () => {};
  const store = scriptedStore({ history: LONG });
  store.show(message("last"));
  store.actions.loadOlder.mockImplementation(
    () => new Promise((_, reject) => (refuse = () => reject(new Error("refused")))),
  );
  const page = (id: string) => <AutomnaChat runtime={runtime} messageId={id} />;
  const runtime = runtimeOf(store);
  const { rerender } = render(page("former"));
  await act(async () => {});
  const refuseFormer = refuse;
  rerender(page("wanted"));
  await act(async () => refuseFormer());
  await act(async () => store.show(message("wanted"), message("last")));
  expect(focused()).toBe("wanted");
});
