/**
 * Where the client keeps what must outlive the page: the outbox, the device identity, device tokens. Values are JSON
 * text. All methods may reject; the client then goes on in memory.
 */
export interface ClientStorage {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** The keys that begin with `prefix`. */
  keys(prefix: string): Promise<readonly string[]>;
}

/**
 * Forgets everything with the page. The default where there is no `localStorage` (Node, private windows).
 *
 * @example
 * ```ts
 * import { memoryStorage } from "@automna/client";
 *
 * const storage = memoryStorage();
 * await storage.set("color", '"blue"');
 * await storage.get("color"); // '"blue"'
 * await storage.keys("size"); // []
 * ```
 */
export function memoryStorage(): ClientStorage {
  const values = new Map<string, string>();
  return {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
    keys: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/**
 * Keeps values in a Web Storage area. Synchronous inside, so that a send survives a page that closes right after it. Its
 * methods reject with what the area throws, a full one for instance.
 *
 * @example
 * ```ts
 * import { createChatStore, webStorage } from "@automna/client";
 *
 * const chat = createChatStore({ gatewayUrl, authToken, storage: webStorage(sessionStorage) }); // for this tab alone
 * ```
 */
export function webStorage(area: Storage): ClientStorage {
  return {
    get: async (key) => area.getItem(key),
    set: async (key, value) => area.setItem(key, value),
    remove: async (key) => area.removeItem(key),
    async keys(prefix) {
      const found: string[] = [];
      for (let index = 0; index < area.length; index += 1) {
        const key = area.key(index);
        if (key?.startsWith(prefix)) found.push(key);
      }
      return found;
    },
  };
}

/**
 * `localStorage` where it can be used, memory elsewhere.
 *
 * @example
 * ```ts
 * import { defaultStorage } from "@automna/client";
 *
 * const storage = defaultStorage();
 * for (const key of await storage.keys("")) show(key, await storage.get(key));
 * ```
 */
export function defaultStorage(): ClientStorage {
  try {
    // Reading the property alone throws where cookies are blocked.
    if (typeof localStorage !== "undefined") return webStorage(localStorage);
  } catch {
    return memoryStorage();
  }
  return memoryStorage();
}
