import {
  createChatStore,
  storageScopeOf,
  type ChatActions,
  type ChatStore,
  type ChatStoreOptions,
} from "@automna/client";

import { memoryDrafts, tabDrafts, type Drafts } from "../composer/drafts.ts";

/**
 * One chat with one gateway, outside of React: the same object for as long as the gateway and the identity stay the
 * same. Give it to {@link ChatProvider}, to `<AutomnaChat runtime>` or to the selector hooks.
 */
export interface ChatRuntime {
  /** State, subscription and life cycle. */
  readonly store: ChatStore;
  /** What a person can do. Stable: may be a dependency of an effect. */
  readonly actions: ChatActions;
  /** What was typed but not sent. */
  readonly drafts: Drafts;
}

/** Makes a chat store. A test or a story passes its own. */
export type CreateStore = (options: ChatStoreOptions) => ChatStore;

/**
 * Wraps a store that somebody else made and starts, for instance one that is shared by several React roots.
 *
 * @param drafts default: {@link memoryDrafts}
 *
 * @example
 * ```ts
 * const store = createChatStore({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * const runtime = runtimeOf(store);
 * ```
 */
export function runtimeOf(store: ChatStore, drafts: Drafts = memoryDrafts()): ChatRuntime {
  return { store, actions: store.actions, drafts };
}

/**
 * Makes a runtime outside of React, for a chat that outlives its components. Nothing is opened before its store is started, and
 * whoever starts it ends it. Drafts survive a reload where the address and the token are no functions, or `storageScope` names
 * the person.
 *
 * @param create default: the client's `createChatStore`
 *
 * @example
 * ```tsx
 * import { AutomnaChat, createChatRuntime } from "@automna/react";
 *
 * const runtime = createChatRuntime({ gatewayUrl: "wss://gateway.example", authToken: token });
 * const stop = runtime.store.start();
 *
 * const Chat = () => <AutomnaChat runtime={runtime} />;
 * ```
 */
export function createChatRuntime(
  options: ChatStoreOptions,
  create: CreateStore = createChatStore,
): ChatRuntime {
  const scope = storageScopeOf(options);
  return runtimeOf(create(options), scope === null ? memoryDrafts() : tabDrafts(scope));
}
