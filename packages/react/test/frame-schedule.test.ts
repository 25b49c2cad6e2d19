import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { calmFrames, everyOtherFrame, REST_MS } from "../src/runtime/frame-schedule.ts";

const FRAME_MS = 16;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("requestAnimationFrame", (task: () => void) => setTimeout(task, FRAME_MS));
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("what comes after a pause is shown in the next frame", () => {
  const shown: number[] = [];
  const calm = calmFrames(REST_MS.long, Date.now);
  const began = Date.now();
  for (let time = 0; time < 3; time += 1) {
    calm(() => shown.push(Date.now() - began));
    vi.advanceTimersByTime(150);
  }
  expect(shown).toEqual([16, 166, 316]);
});

test("what comes all the time is shown some seven times a second", () => {
  const calm = calmFrames(REST_MS.long, Date.now);
  let shown = 0;
  let waiting = false;
  for (let ms = 0; ms < 2_000; ms += 8) {
    if (!waiting)
      calm(() => {
        waiting = false;
        shown += 1;
      });
    waiting = true;
    vi.advanceTimersByTime(8);
  }
  expect(shown).toBeGreaterThanOrEqual(12);
  expect(shown).toBeLessThanOrEqual(16);
});

test("a text that comes all the time is shown in every other frame, and after a pause in the next one", () => {
  const other = everyOtherFrame(Date.now);
  const began = Date.now();
  const shown: number[] = [];
  const show = () => other(() => shown.push(Date.now() - began));
  for (let time = 0; time < 3; time += 1) {
    show();
    vi.advanceTimersByTime(2 * FRAME_MS);
  }
  vi.advanceTimersByTime(100);
  show();
  vi.advanceTimersByTime(FRAME_MS);
  expect(shown).toEqual([16, 64, 96, 212]);
});

test("what is called off is not shown", () => {
  const calm = calmFrames(REST_MS.long, Date.now);
  const task = vi.fn<() => void>();
  calm(task)();
  calm(() => undefined);
  vi.advanceTimersByTime(FRAME_MS);
  calm(task)();
  vi.advanceTimersByTime(1_000);
  expect(task).not.toHaveBeenCalled();
});
