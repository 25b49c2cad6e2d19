import { lazyPart } from "./lazy-part.ts";

/** What a conversation needs beside its connection. It loads while the socket opens and shakes hands. */
export const chatPart = lazyPart(() => import("./chat.ts"));

/** What stands beside a conversation: the session list, approvals, questions, models, commands, costs. */
export const panelsPart = lazyPart(() => import("./chat-panels.ts"));

/** Proving a device: only gateways that ask for it need it. */
export const devicePart = lazyPart(() => import("./device-store.ts"));

/** What refusals and closes mean. It loads while the socket opens. */
export const advicePart = lazyPart(() => import("./close-advice.ts"));

/**
 * Loads now what a chat otherwise loads when it needs it: for pages that must work from a cache, and for tests that own
 * the clock.
 *
 * @throws what the platform throws for a part that cannot be loaded, as a rejection; it may be called again
 *
 * @example
 * ```ts
 * import { preloadChat } from "@automna/client";
 *
 * await preloadChat();
 * ```
 */
export async function preloadChat(): Promise<void> {
  await Promise.all([chatPart.load(), panelsPart.load(), devicePart.load(), advicePart.load()]);
}
