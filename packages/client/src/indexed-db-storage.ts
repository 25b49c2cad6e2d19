import type { ClientStorage } from "./storage.ts";

const STORE = "values";

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () =>
      reject(request.error ?? new Error("IndexedDB refused the request.")),
    );
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(transaction.error ?? new Error("IndexedDB gave the transaction up."));
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", fail);
    transaction.addEventListener("error", fail);
  });
}

/**
 * Keeps values in IndexedDB, which has room for attachments where `localStorage` ends at about 5 MB. A value counts as
 * kept when its transaction is complete. Its methods reject where the browser keeps no database (some private windows).
 *
 * @param name the database, default `automna`
 * @param factory default: the global `indexedDB`
 *
 * @example
 * ```ts
 * import { createChatStore, indexedDbStorage } from "@automna/client";
 *
 * const chat = createChatStore({ gatewayUrl, authToken, storage: indexedDbStorage() });
 * ```
 */
export function indexedDbStorage(
  name = "automna",
  factory: IDBFactory = globalThis.indexedDB,
): ClientStorage {
  let opening: Promise<IDBDatabase> | null = null;

  const open = async (): Promise<IDBDatabase> => {
    const request = factory.open(name, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
    const db = await result(request);
    const end = () => {
      db.close();
      opening = null;
    };
    // A newer page may want to upgrade; holding the old version open would block it.
    db.addEventListener("versionchange", end);
    // The browser closed it by itself, as it does when the person clears the site's data.
    db.addEventListener("close", end);
    return db;
  };

  const database = async (): Promise<IDBDatabase> => {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = null;
      throw error;
    }
  };

  const write = async (change: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = (await database()).transaction(STORE, "readwrite");
    change(transaction.objectStore(STORE));
    await finished(transaction);
  };

  const read = async <T>(ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    result(ask((await database()).transaction(STORE, "readonly").objectStore(STORE)));

  return {
    async get(key) {
      const value: unknown = await read((store) => store.get(key));
      return typeof value === "string" ? value : null;
    },
    set: (key, value) => write((store) => store.put(value, key)),
    remove: (key) => write((store) => store.delete(key)),
    async keys(prefix) {
      const keys = await read((store) => store.getAllKeys());
      return keys.filter((key): key is string => typeof key === "string" && key.startsWith(prefix));
    },
  };
}
