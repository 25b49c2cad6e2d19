"use client";

import type { ComponentPropsWithoutRef, ReactElement, ReactNode } from "react";

import { useStrings } from "../i18n/language.tsx";
import { classNames } from "./class-names.ts";
import { ConnectionDot } from "./connection-dot.tsx";

/** A header element's own props, and what stands in it. */
export interface ChatHeaderProps extends Omit<ComponentPropsWithoutRef<"header">, "title"> {
  /** Default: the word for the assistant. */
  readonly title?: ReactNode;
  /** Buttons before the title. */
  readonly start?: ReactNode;
}

/**
 * Title, connection and, as children, what else the host puts there.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ChatHeader, ChatProvider, Thread } from "@automna/react";
 * import type { ChatRuntime } from "@automna/react";
 *
 * const Chat = ({ runtime }: { runtime: ChatRuntime }) => (
 *   <ChatProvider runtime={runtime}>
 *     <ChatHeader title="Support"><a href="/help">Help</a></ChatHeader>
 *     <Thread />
 *   </ChatProvider>
 * );
 * ```
 */
export function ChatHeader({ title, start, className, children, ...rest }: ChatHeaderProps): ReactElement {
  const { chat } = useStrings();
  return (
    <header {...rest} className={classNames("automna-header", className)}>
      {start}
      <h2 className="automna-title">{title ?? chat.assistant}</h2>
      <ConnectionDot />
      <span className="automna-header-space" />
      {children}
    </header>
  );
}
