"use client";

import { createContext, useContext, useState, type ReactElement, type ReactNode } from "react";

import type { ChatRuntime } from "./chat-runtime.ts";

const ChatContext = createContext<ChatRuntime | null>(null);

/** Stands for the nearest {@link ChatProvider}: what its parts share is kept by it, so that the provider knows no part. */
export const ChatPlaceContext = createContext<object | null>(null);

/** The chat that everything inside of {@link ChatProvider} belongs to. */
export interface ChatProviderProps {
  readonly runtime: ChatRuntime;
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

/** There is no runtime to read from. */
export class MissingChatError extends Error {
  override readonly name = "MissingChatError";
  readonly code = "MISSING_CHAT";

  constructor() {
    super("There is no chat here. Put the component into <ChatProvider>, or pass the runtime to the hook.");
  }
}

/**
 * The runtime of the nearest {@link ChatProvider}, or the one that is passed.
 *
 * @throws {MissingChatError} when there is neither.
 */
export function useChatRuntime(own?: ChatRuntime): ChatRuntime {
  const inherited = useContext(ChatContext);
  const runtime = own ?? inherited;
  if (!runtime) throw new MissingChatError();
  return runtime;
}
