import type { Environment } from "./environment.ts";
import { indexedDbStorage } from "./indexed-db-storage.ts";
import type { ClientStorage } from "./storage.ts";

/** Stands in the small storage for a value that is in the large one. */
const STUB = "automna:overflow:1";

/** How long the large storage may take, milliseconds: IndexedDB can hang for ever, and messages wait for it. */
const DEADLINE_MS = 3_000;

/**
 * A small storage that answers at once, and a larger one for what it has no room for, such as messages with files. The
 * small one says what is where: the larger one is not even opened before something is in it.
 *
 * @param large asked for when it is first needed
 */
export function overflowStorage(
  small: ClientStorage,
  large: () => ClientStorage,
  { after }: Pick<Environment, "after">,
): ClientStorage {
  let opened: ClientStorage | null = null;
  /** What this page began to write to the large storage, and may arrive there late. */
  const begun = new Set<string>();

  const far = <T>(task: (storage: ClientStorage) => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = after(DEADLINE_MS, () => reject(new Error("The large storage does not answer.")));
      const asked = (async () => task((opened ??= large())))();
      void asked.then(resolve, reject).finally(stop);
    });

  const isFar = (key: string, near: string | null) => near === STUB || begun.has(key);
  const forget = async (key: string): Promise<void> => {
    await far((storage) => storage.remove(key));
    begun.delete(key);
  };

  return {
    async get(key) {
      const near = await small.get(key);
      if (near !== STUB) return near;
      const value = await far((storage) => storage.get(key));
      if (value !== null) return value;
      // Another page may have changed it meanwhile.
      const now = await small.get(key);
      if (now === STUB) throw new Error("The large storage was emptied.");
      return now;
    },
    async set(key, value) {
      const near = await small.get(key);
      try {
        await small.set(key, value);
      } catch {
        begun.add(key);
        await far((storage) => storage.set(key, value));
        return small.set(key, STUB);
      }
      if (isFar(key, near)) void forget(key).catch(() => {});
    },
    async remove(key) {
      const near = await small.get(key);
      await small.remove(key);
      if (isFar(key, near)) await forget(key);
    },
    keys: (prefix) => small.keys(prefix),
  };
}

/** The default storage with IndexedDB behind it: `localStorage` ends at some 5 MB, which one file of a message can exceed. */
export function roomyStorage(storage: ClientStorage, environment: Pick<Environment, "after">): ClientStorage {
  return typeof indexedDB === "undefined"
    ? storage
    : overflowStorage(storage, () => indexedDbStorage(), environment);
}
