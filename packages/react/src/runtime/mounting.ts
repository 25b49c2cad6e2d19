import type { ChatStore } from "@automna/client";

/** Keeps a store started while something is mounted. */
export interface Mounting {
  /** @returns what undoes it. */
  mount(): () => void;
}

/**
 * Counts mounts and starts or stops the store one microtask later, so that a mount which is undone in the same task
 * (StrictMode, a changed key) opens and closes nothing.
 *
 * @param lingering a short grace time after the last unmount, in which another mount finds the connection again
 */
export function mounting(store: Pick<ChatStore, "start" | "dispose">, lingering: boolean): Mounting {
  let mounts = 0;
  let release: (() => void) | null = null;
  const settle = () => {
    if (mounts > 0) {
      release ??= store.start();
    } else if (release) {
      release();
      release = null;
      if (!lingering) store.dispose();
    }
  };
  const change = (by: 1 | -1) => {
    mounts += by;
    queueMicrotask(settle);
  };
  return {
    mount() {
      change(1);
      return () => change(-1);
    },
  };
}
