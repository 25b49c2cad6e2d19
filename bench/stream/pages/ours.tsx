/** `<AutomnaChat>` on the whole client, which speaks with a fake gateway in a worker. */
import { createChatStore, memoryStorage, type ChatStore, type TransportFactory } from "@automna/client";
import { AutomnaChat, runtimeOf } from "@automna/react";
import { createRoot } from "react-dom/client";

import { countRowRenders } from "./fiber-renders.ts";
import type { FromGateway, ToGateway } from "./gateway-worker.ts";
import { expose } from "./harness.ts";

declare global {
  interface Window {
    /** Milliseconds from the arrival of the history's frame until it was painted, and how many frames that were. */
    historyPainted(length: number): Promise<{ ms: number; frames: number }>;
  }
}

const worker = new Worker("/gateway-worker.js", { type: "module" });
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one peer, and no origin to name
const tell = (message: ToGateway) => worker.postMessage(message);

let arrived = 0;
let wanted = Infinity;
let allArrived = () => {};
let historyRequest: string | null = null;
let historyArrivedAt = 0;

/** A function of its own, so that it can be found in a profile. */
const workerTransport: TransportFactory = (_url, listener) => {
  let open = false;
  const hear = ({ data }: MessageEvent<FromGateway>) => {
    if (data.kind === "open") {
      open = true;
      listener.open();
    } else if (data.kind === "frames") {
      for (const text of data.frames) {
        if (historyRequest !== null && text.includes(historyRequest)) {
          historyRequest = null;
          historyArrivedAt = performance.now();
        }
        listener.frame(text);
      }
      arrived += data.deltas;
      if (arrived >= wanted) allArrived();
    } else if (data.kind === "close") {
      open = false;
      listener.close(data);
    }
  };
  worker.addEventListener("message", hear);
  tell({ kind: "connect" });
  return {
    send(text) {
      if (!open) return false;
      const request = /"id":"([^"]+)"/.exec(text)?.[1];
      if (text.includes('"chat.history"') && request !== undefined) historyRequest = `"id":"${request}"`;
      tell({ kind: "frame", text });
      return true;
    },
    close(code, reason) {
      worker.removeEventListener("message", hear);
      listener.close({ code, reason });
    },
  };
};

function newStore(): ChatStore {
  return createChatStore({
    gatewayUrl: "ws://gateway.test/",
    authToken: "test-token",
    transport: workerTransport,
    storage: memoryStorage(),
  });
}

function until(store: ChatStore, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.subscribe(look);
    function look(): void {
      if (!holds()) return;
      stop();
      resolve();
    }
    look();
  });
}

function seed(length: number, count: number): Promise<void> {
  return new Promise((resolve) => {
    const hear = ({ data }: MessageEvent<FromGateway>) => {
      if (data.kind !== "seeded") return;
      worker.removeEventListener("message", hear);
      resolve();
    };
    worker.addEventListener("message", hear);
    tell({ kind: "seed", length, count, isCumulative: document.title === "ours-wire" });
  });
}

async function connected(store: ChatStore): Promise<void> {
  store.start();
  await until(store, () => store.getState().history.status === "ready");
}

async function loadAll(store: ChatStore): Promise<void> {
  for (;;) {
    const { history } = store.getState();
    if (history.status !== "ready" || !history.hasOlder) return;
    await store.actions.loadOlder();
  }
}

const renders = countRowRenders();
const store = newStore();

expose({
  async prepare(length, count) {
    await seed(length, count);
    await connected(store);
    await loadAll(store);
    const { order } = store.getState().transcript;
    if (order.length !== length) throw new Error(`${order.length} of ${length} messages are loaded`);
  },
  mount(container) {
    createRoot(container).render(<AutomnaChat runtime={runtimeOf(store)} />);
  },
  async ask() {
    store.actions.send("Stream the long answer");
    await until(store, () => store.getState().runs.length > 0);
    tell({ kind: "hold" });
  },
  stream(count) {
    return new Promise((resolve) => {
      wanted = count;
      allArrived = resolve;
      tell({ kind: "go" });
    });
  },
  otherRenders: () => renders.others(store.getState().runs.map(({ messageId }) => messageId)),
  streamRenders: () => renders.of(store.getState().runs.map(({ messageId }) => messageId)),
});

const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
const task = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => resolve());
    port1.start();
    port2.postMessage(null);
  });

function isShown(id: string): boolean {
  const row = document.querySelector(`[data-message-id="${CSS.escape(id)}"]`);
  const box = row?.getBoundingClientRect();
  return box !== undefined && box.bottom > 0 && box.top < window.innerHeight;
}

window.historyPainted = async (length) => {
  await seed(length, 1);
  const main = document.querySelector("main");
  if (main === null) throw new Error("the page has no main element");
  createRoot(main).render(<AutomnaChat runtime={runtimeOf(store)} />);
  await frame();
  await connected(store);
  const newest = store.getState().transcript.order.at(-1) ?? "";
  let frames = 0;
  do {
    await frame();
    frames += 1;
  } while (!isShown(newest));
  await task();
  return { ms: performance.now() - historyArrivedAt, frames };
};
