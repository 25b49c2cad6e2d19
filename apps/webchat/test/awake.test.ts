import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { watchAwake } from "../page/awake.ts";

class FakePage extends EventTarget {
  hidden = false;

  set(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched({ isBusy = (): boolean => false, hidden = false } = {}) {
  const page = new FakePage();
  page.hidden = hidden;
  const changes: boolean[] = [];
  const stop = watchAwake({ page, isBusy, onChange: (isAwake) => changes.push(isAwake) });
  return { page, changes, stop };
}

test("a page that is hidden for a minute rests, and is awake as soon as it is seen", () => {
  const { page, changes } = watched();
  page.set(true);
  vi.advanceTimersByTime(59_000);
  expect(changes).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(changes).toEqual([false]);
  page.set(false);
  expect(changes).toEqual([false, true]);
});

test("a page that is seen again in time never rested, and one that was opened hidden rests", () => {
  const { page, changes } = watched();
  page.set(true);
  vi.advanceTimersByTime(30_000);
  page.set(false);
  vi.advanceTimersByTime(120_000);
  expect(changes).toEqual([]);
  const other = watched({ hidden: true });
  vi.advanceTimersByTime(60_000);
  expect(other.changes).toEqual([false]);
});

test("a hidden page stays connected while something is under way", () => {
  let isBusy = true;
  const { page, changes } = watched({ isBusy: () => isBusy });
  page.set(true);
  vi.advanceTimersByTime(180_000);
  expect(changes).toEqual([]);
  isBusy = false;
  vi.advanceTimersByTime(60_000);
  expect(changes).toEqual([false]);
});

test("who stops watching hears nothing and leaves no timer", () => {
  const { page, changes, stop } = watched();
  page.set(true);
  stop();
  page.set(false);
  expect([changes, vi.getTimerCount()]).toEqual([[], 0]);
});
