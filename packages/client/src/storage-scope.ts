import type { ChatStoreOptions } from "./chat-store.ts";

/**
 * Tells the tokens of two people apart and no more: 32 bits (FNV-1a), which countless tokens share. `crypto.subtle` would
 * answer later, and not at all on a page over plain http.
 */
function mark(token: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < token.length; at += 1) hash = Math.imul(hash ^ token.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}

/**
 * What keeps one person's unsent messages at one gateway apart from all others in the same storage: `storageScope`, or else
 * the address with a mark of the token. `null` where either is a function: behind it may be anybody.
 *
 * @example
 * ```ts
 * import { storageScopeOf } from "@automna/client";
 *
 * const gatewayUrl = "wss://gateway.example.com/";
 * storageScopeOf({ gatewayUrl, authToken: null }); // "wss://gateway.example.com/"
 * storageScopeOf({ gatewayUrl, authToken: () => fetchToken() }); // null
 * const storageScope = `${gatewayUrl}#user-42`;
 * storageScopeOf({ gatewayUrl, authToken: () => fetchToken(), storageScope }); // "wss://gateway.example.com/#user-42"
 * ```
 */
export function storageScopeOf({
  gatewayUrl,
  authToken,
  storageScope,
}: Pick<ChatStoreOptions, "gatewayUrl" | "authToken" | "storageScope">): string | null {
  if (storageScope !== undefined) return storageScope;
  if (typeof gatewayUrl === "function" || typeof authToken === "function") return null;
  const address = gatewayUrl.replace(/[?#].*$/, "");
  return authToken ? `${address}#${mark(authToken)}` : address;
}
