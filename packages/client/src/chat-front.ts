import { canonicalSessionKey } from "@automna/protocol";

import type * as ChatModule from "./chat.ts";
import { backoffDelay } from "./backoff.ts";
import type { DeferredActions } from "./chat-actions.ts";
import type { Chat } from "./chat.ts";
import type { ChatContext } from "./chat-context.ts";
import { chatPart } from "./chat-parts.ts";
import type { ChatState } from "./chat-state.ts";
import type { ChatStoreOptions, SendOptions } from "./chat-store.ts";
import { sharedConnections, type ConnectionLease } from "./connection-pool.ts";
import { shownState, type ConnectionState } from "./connection-state.ts";
import { defaultEnvironment, type Stop } from "./environment.ts";
import { errorMessage } from "./errors.ts";
import { transcriptOfSends } from "./local-send.ts";
import { OutboxStore } from "./outbox-store.ts";
import { storageScopeOf } from "./storage-scope.ts";
import { defaultStorage, memoryStorage } from "./storage.ts";

/** What a chat writes to. */
export interface ChatStateHolder {
  get(): ChatState;
  set(change: Partial<ChatState>): void;
}

/**
 * What a page loads first: it dials and takes messages, while the chat itself is loaded. Everything is handed over to the
 * chat when it is here.
 */
export class ChatFront {
  readonly context: ChatContext;
  readonly #options: ChatStoreOptions;
  readonly #outbox: OutboxStore;
  #wantedKey: string;
  #chat: Chat | null = null;
  #lease: ConnectionLease | null = null;
  #unsubscribe: Stop = () => {};
  #stopRetry: Stop = () => {};
  #failures = 0;
  #tasks: ((actions: DeferredActions) => void)[] = [];

  constructor(options: ChatStoreOptions, state: ChatStateHolder) {
    this.#options = options;
    this.context = {
      environment: options.environment ?? defaultEnvironment,
      gateway: null,
      read: () => state.get(),
      patch: (change) => state.set(change),
    };
    const scope = storageScopeOf(options);
    const storage = scope === null ? memoryStorage() : (options.storage ?? defaultStorage());
    this.#outbox = new OutboxStore(storage, scope ?? "");
    this.#wantedKey = options.sessionKey ?? "main";
    if (chatPart.loaded !== null) this.#begin(chatPart.loaded);
  }

  /** Connects. Does nothing when it is connected already. */
  start(): void {
    if (this.#lease !== null) return;
    const lease = (this.#options.pool ?? sharedConnections).acquire(this.#options);
    this.#lease = lease;
    if (this.#chat !== null) return this.#chat.start(lease);
    const { connection } = lease;
    const show = (state: ConnectionState) => {
      if (this.#failures === 0) this.context.patch({ connection: shownState(state) });
    };
    this.#unsubscribe = connection.subscribe({ state: show });
    show(connection.state);
    void this.#load().catch(() => {});
  }

  /** @param isFinal nobody comes back: the connection need not wait for them */
  stop(isFinal = false): void {
    this.#unsubscribe();
    this.#stopRetry();
    this.#chat?.stop();
    this.#lease?.release(isFinal);
    this.#lease = null;
    this.context.patch({ connection: { status: "idle" } });
  }

  reconnect(): void {
    this.#stopRetry();
    if (this.#chat === null && this.#lease !== null) void this.#load().catch(() => {});
    this.#lease?.connection.reconnect();
  }

  send(text: string, options?: SendOptions): string {
    const draft = { ...options, sessionKey: this.context.read().sessionKey, text };
    if (this.#chat !== null) return this.#chat.desk.accept(draft);
    const { sendId } = this.#outbox.add(draft, this.context.environment);
    this.#showSends();
    return sendId;
  }

  /** Opens another session. */
  open(sessionKey: string): void {
    if (this.#chat !== null) return this.#chat.open(sessionKey);
    this.#wantedKey = sessionKey;
    this.context.patch({ sessionKey: canonicalSessionKey(sessionKey) });
    this.#showSends();
  }

  /** Does something with the chat: now, or when it is here, however long that takes. */
  now(task: (actions: DeferredActions) => void): void {
    if (this.#chat !== null) return task(this.#chat.actions);
    this.#tasks.push(task);
    this.#loadOrTell().catch(() => {});
  }

  /** What the chat answers at once, or what is true while it is not here. */
  ask<T>(task: (actions: DeferredActions) => T, otherwise: T): T {
    return this.#chat === null ? otherwise : task(this.#chat.actions);
  }

  /** As {@link now}, with an answer. A chat that cannot be loaded is told by the notice. */
  async later<T>(task: (actions: DeferredActions) => T | Promise<T>): Promise<T> {
    return task((this.#chat ?? (await this.#loadOrTell())).actions);
  }

  async #loadOrTell(): Promise<Chat> {
    try {
      return await this.#load();
    } catch (error) {
      this.context.patch({ notice: { kind: "unknown", message: errorMessage(error) } });
      throw error;
    }
  }

  #showSends(): void {
    const entries = this.#outbox.entries;
    const { sessionKey } = this.context.read();
    this.context.patch({ outbox: entries, transcript: transcriptOfSends(this.#outbox.of(sessionKey)) });
  }

  async #load(): Promise<Chat> {
    this.#stopRetry();
    try {
      return this.#begin(await chatPart.load());
    } catch (error) {
      this.#loadAgain();
      throw error;
    }
  }

  #begin(part: typeof ChatModule): Chat {
    if (this.#chat !== null) return this.#chat;
    this.#unsubscribe();
    this.#failures = 0;
    this.#chat = new part.Chat(this.#options, this.context, this.#outbox, this.#wantedKey);
    if (this.#lease !== null) this.#chat.start(this.#lease);
    for (const task of this.#tasks.splice(0)) task(this.#chat.actions);
    return this.#chat;
  }

  #loadAgain(): void {
    if (this.#lease === null) return;
    const { environment } = this.context;
    const attempt = (this.#failures += 1);
    const ms = backoffDelay(attempt + 2, environment.random());
    const reason = { code: "part-missing" } as const;
    this.context.patch({
      connection: { status: "waiting", attempt, retryAt: environment.now() + ms, reason },
    });
    this.#stopRetry = environment.after(ms, () => void this.#load().catch(() => {}));
  }
}
