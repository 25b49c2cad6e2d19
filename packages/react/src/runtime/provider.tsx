"use client";

import { createContext, useContext, useState, type ReactElement, type ReactNode } from "react";

import type { ChatRuntime } from "./chat-runtime.ts";

const ChatContext = createContext<ChatRuntime | null>(null);

/** Stands for the nearest {@link ChatProvider}: what its parts share is kept by it, so that the provider knows no part. */
export const ChatPlaceContext = createContext<object | null>(null);

/** The chat that everything inside of {@link ChatProvider} belongs to. */
export interface ChatProviderProps {
  /** Of {@link useClawdbotRuntime} or {@link createChatRuntime}. */
  readonly runtime: ChatRuntime;
  /** The parts and hooks of this chat. */
  readonly children?: ReactNode;
}

/**
 * Hands a runtime to every part and hook below it. Its value never changes while a chat goes on, so it renders nothing
 * again.
 *
 * @example
 * ```tsx
 * const runtime = useClawdbotRuntime({ gatewayUrl, authToken });
 * return <ChatProvider runtime={runtime}><Thread /><Composer /></ChatProvider>;
 * ```
 */
export function ChatProvider({ runtime, children }: ChatProviderProps): ReactElement {
  const [place] = useState(() => ({}));
  return (
    <ChatPlaceContext.Provider value={place}>
      <ChatContext.Provider value={runtime}>{children}</ChatContext.Provider>
    </ChatPlaceContext.Provider>
  );
}

/**
 * There is no runtime to read from: a part or a hook stands outside of every {@link ChatProvider}. The message says what to do.
 *
 * @example
 * ```ts
 * import { MissingChatError } from "@automna/react";
 *
 * const explain = (error: unknown) =>
 *   error instanceof MissingChatError ? error.message : "Something else went wrong.";
 * ```
 */
export class MissingChatError extends Error {
  override readonly name = "MissingChatError";
  readonly code = "MISSING_CHAT";

  constructor() {
    super("There is no chat here. Put the component into <ChatProvider>, or pass the runtime to the hook.");
  }
}

/**
 * The runtime of the nearest {@link ChatProvider}, or the one that is passed: for what is done, not shown. What is shown is
 * read by the selector hooks, which render again.
 *
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { messageText, selectMessages } from "@automna/client";
 * import { useChatRuntime } from "@automna/react";
 *
 * function CopyAll() {
 *   const { store } = useChatRuntime();
 *   const text = () => selectMessages(store.getState()).map(messageText).join("\n\n");
 *   return <button onClick={() => navigator.clipboard.writeText(text())}>Copy the conversation</button>;
 * }
 * ```
 */
export function useChatRuntime(own?: ChatRuntime): ChatRuntime {
  const inherited = useContext(ChatContext);
  const runtime = own ?? inherited;
  if (!runtime) throw new MissingChatError();
  return runtime;
}
