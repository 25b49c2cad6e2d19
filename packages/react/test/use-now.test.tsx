import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useNow } from "../src/connection/use-now.ts";

beforeEach(() => void vi.useFakeTimers({ now: 10_400 }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a second that ends while it is rendered is no fault of the page", () => {
  const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
  let time = 0;
  renderHook(() => useNow(false, () => (time += 1_000)));
  expect(complaints.mock.calls).toEqual([]);
});

test("it is told in whole seconds, anew with each of them while it runs, and of none afterwards", () => {
  const told: number[] = [];
  const { rerender } = renderHook(({ running }) => told.push(useNow(running)), {
    initialProps: { running: true },
  });
  for (let seconds = 0; seconds < 2; seconds += 1) act(() => void vi.advanceTimersByTime(1_000));
  rerender({ running: false });
  act(() => void vi.advanceTimersByTime(5_000));
  expect([...new Set(told)]).toEqual([10_000, 11_000, 12_000]);
  expect(vi.getTimerCount()).toBe(0);
});
