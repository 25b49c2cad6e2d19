import { indexedDbStorage } from "./indexed-db-storage.ts";
import type { ClientStorage } from "./storage.ts";

/** Set once the larger storage holds something: it is not even opened before. */
const MARK = "automna:overflow:1";

/**
 * A small storage that answers at once, and a larger one for what it has no room for, such as messages with files. What is
 * in both is newer in the small one.
 *
 * @param large asked for when it is first needed
 */
export function overflowStorage(small: ClientStorage, large: () => ClientStorage): ClientStorage {
  let opened: ClientStorage | null = null;
  const open = (): ClientStorage => (opened ??= large());
  const opens = async (): Promise<ClientStorage | null> => ((await small.get(MARK)) === null ? null : open());

  return {
    get: async (key) => (await small.get(key)) ?? (await opens())?.get(key) ?? null,
    async set(key, value) {
      try {
        await small.set(key, value);
      } catch {
        await small.set(MARK, "1");
        await open().set(key, value);
        return small.remove(key);
      }
      await (await opens())?.remove(key);
    },
    async remove(key) {
      await small.remove(key);
      await (await opens())?.remove(key);
    },
    async keys(prefix) {
      const near = await small.keys(prefix);
      // What can be read is not kept from the person by what cannot.
      const far = await opens()
        .then((storage) => storage?.keys(prefix) ?? [])
        .catch(() => []);
      return [...new Set([...near, ...far])];
    },
  };
}

/** The default storage with IndexedDB behind it: `localStorage` ends at some 5 MB, which one file of a message can exceed. */
export function roomyStorage(storage: ClientStorage): ClientStorage {
  return typeof indexedDB === "undefined" ? storage : overflowStorage(storage, () => indexedDbStorage());
}
