import type { ReactElement, ReactNode } from "react";

/** A piece of chat for parts that stand alone: it gives them the colours and measures of the chat around them. */
export function Panel({ children }: { readonly children: ReactNode }): ReactElement {
  return <div className="automna-chat story-panel">{children}</div>;
}
