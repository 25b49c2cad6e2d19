import {
  ConnectionPool,
  createChatStore,
  memoryStorage,
  type ChatStoreOptions,
  type Transport,
  type TransportFactory,
} from "@automna/client";
import { memoryDrafts, runtimeOf, type ChatRuntime, type ClawdbotRuntimeOptions } from "../src/index.ts";
import {
  createFakeGateway,
  fakeWebSocket,
  type FakeGateway,
  type FakeGatewayOptions,
  type MemorySocketClass,
  type MemorySocketOptions,
} from "@automna/testing";

/** What a story plays on. */
export interface StageOptions {
  readonly gateway?: FakeGatewayOptions;
  /** How far away the gateway is. */
  readonly socket?: MemorySocketOptions;
  /** What the page asks for, beside what every story does. */
  readonly chat?: Partial<ChatStoreOptions>;
  /** What happened before the page was opened. */
  readonly before?: (gateway: FakeGateway) => void;
  /** What the person sends as soon as the page is open. */
  readonly sends?: readonly string[];
}

/** A fake gateway and the real client connected to it, in real time and in this page's memory. */
export class Stage {
  readonly gateway: FakeGateway;
  readonly runtime: ChatRuntime;
  /** How a component connects to this gateway by itself. */
  readonly options: ClawdbotRuntimeOptions;
  readonly #release: () => void;

  constructor({ gateway: options, socket, chat, before, sends = [] }: StageOptions = {}) {
    this.gateway = createFakeGateway(options);
    before?.(this.gateway);
    const own = {
      gatewayUrl: "ws://gateway.test/",
      authToken: "test-token",
      storage: memoryStorage(),
      pool: new ConnectionPool(),
      transport: memoryTransport(fakeWebSocket(this.gateway, socket)),
      ...chat,
    };
    this.options = own;
    const store = createChatStore(own);
    // Drafts of one story must not appear in the next.
    this.runtime = runtimeOf(store, memoryDrafts());
    this.#release = store.start();
    for (const text of sends) this.runtime.actions.send(text);
  }

  close(): void {
    this.#release();
    this.runtime.store.dispose();
    this.gateway.close();
  }
}

/** The loader that gives a story its stage; the preview closes it. */
export function stage(options?: StageOptions): () => Promise<{ stage: Stage }> {
  return async () => ({ stage: new Stage(options) });
}

/** The stage of the story that runs. */
export function stageOf({ loaded }: { readonly loaded: Record<string, unknown> }): Stage {
  if (loaded["stage"] instanceof Stage) return loaded["stage"];
  throw new Error("This story has no stage. Put `loaders: [stage()]` into it.");
}

function memoryTransport(Socket: MemorySocketClass): TransportFactory {
  return (url, listener): Transport => {
    const socket = new Socket(url);
    let over = false;
    const end = (code: number, reason: string) => {
      if (over) return;
      over = true;
      listener.close({ code, reason });
    };
    socket.addEventListener("open", () => {
      if (!over) listener.open();
    });
    socket.addEventListener("message", (event) => {
      if (!over && "data" in event) listener.frame(String(event.data));
    });
    socket.addEventListener("close", (event) =>
      end("code" in event ? Number(event.code) : 1006, "reason" in event ? String(event.reason) : ""),
    );
    return {
      send(text) {
        if (over || socket.readyState !== 1) return false;
        socket.send(text);
        return true;
      },
      close(code, reason) {
        socket.close(code, reason);
        end(code, reason);
      },
    };
  };
}
