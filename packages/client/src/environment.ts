/** Stops what it belongs to. Calling it twice is harmless. */
export type Stop = () => void;

/**
 * The world outside: time, chance and signs of life. Everything in this package takes it as an argument, so that a test
 * can own it.
 */
export interface Environment {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `ms` milliseconds. */
  after(ms: number, task: () => void): Stop;
  /** A number in [0, 1). */
  random(): number;
  /** A new unique id (UUID). */
  uuid(): string;
  /** Calls `wake` when the person or the network comes back: `online`, `visibilitychange`, `pageshow`. */
  onWake(wake: () => void): Stop;
  /** `false` only when the platform is sure that there is no network. */
  isOnline(): boolean;
  /** `false` while nobody can see the page. Default: somebody does. */
  isVisible?(): boolean;
}

function randomUuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // randomUUID exists in secure contexts only; a gateway on a LAN address is opened over plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  // Version 4 and the variant are said where RFC 9562 wants them.
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-8$4-");
}

function isVisible(): boolean {
  return typeof document === "undefined" || document.visibilityState === "visible";
}

function onBrowserWake(wake: () => void): Stop {
  if (typeof window === "undefined" || typeof document === "undefined") return () => {};
  const whenVisible = () => {
    if (isVisible()) wake();
  };
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", wake);
  document.addEventListener("visibilitychange", whenVisible);
  return () => {
    window.removeEventListener("online", wake);
    window.removeEventListener("pageshow", wake);
    document.removeEventListener("visibilitychange", whenVisible);
  };
}

/**
 * The real world of a browser, or of Node where there is no window to wake up.
 *
 * @example
 * ```ts
 * import { createChatStore, defaultEnvironment } from "@automna/client";
 *
 * const skewMs = 90_000; // how far this machine's clock is behind
 * const environment = { ...defaultEnvironment, now: () => defaultEnvironment.now() + skewMs };
 * const chat = createChatStore({ gatewayUrl, authToken, environment });
 * ```
 */
export const defaultEnvironment: Environment = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  uuid: randomUuid,
  onWake: onBrowserWake,
  // Node has a navigator that does not know.
  isOnline: () => typeof navigator === "undefined" || !("onLine" in navigator) || navigator.onLine,
  isVisible,
};
