// Runs before each test file. What comes late on a loaded machine is not a failure: a condition is waited for nearly
// as long as its test may take, where Vitest's own limit is one second.
import { inject, vi } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Milliseconds. */
    patienceMs: number;
  }
}

export const patienceMs = inject("patienceMs");

const waitFor = vi.waitFor.bind(vi);
vi.waitFor = (condition, options) =>
  waitFor(condition, typeof options === "number" ? options : { timeout: patienceMs, ...options });
