/** Runs `task` when there is time, at most once; the answer cancels it. */
export type ScheduleIdle = (task: () => void) => () => void;

const SOON_MS = 1;
const AT_LATEST_MS = 500;

/** `requestIdleCallback`, or a timer where the browser has none. */
export const scheduleIdle: ScheduleIdle = (task) => {
  if (typeof requestIdleCallback === "function") {
    const handle = requestIdleCallback(task, { timeout: AT_LATEST_MS });
    return () => cancelIdleCallback(handle);
  }
  const timer = setTimeout(task, SOON_MS);
  return () => clearTimeout(timer);
};
