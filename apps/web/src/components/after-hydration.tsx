"use client";

import { type ReactNode, useSyncExternalStore } from "react";

const NEVER = () => () => {};

/**
 * Leaves its children out of the server's HTML and of the browser's first rendering. It is for components
 * that draw by what a script of others has loaded so far: on a slow machine that script can be ready before
 * React takes the page over, and then they would not draw what the server did.
 */
export function AfterHydration({ children }: { children: ReactNode }) {
  return useSyncExternalStore(
    NEVER,
    () => true,
    () => false,
  )
    ? children
    : null;
}
