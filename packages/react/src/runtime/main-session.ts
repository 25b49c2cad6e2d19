import type { ChatState } from "@automna/client";

/** The key of the session that the gateway never deletes; `null` while it is away. */
export const selectMainSessionKey = ({ connection }: ChatState): string | null =>
  connection.status === "ready" ? connection.hello.sessionDefaults.mainSessionKey : null;
