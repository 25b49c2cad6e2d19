/** Runs a task soon, at most once for each frame that the browser shows; the returned function calls it off. */
export type FrameSchedule = (task: () => void) => () => void;

const HIDDEN_MS = 250;

/** The next animation frame, or a slow timer while the page is hidden and has none. */
export const nextFrame: FrameSchedule = (task) => {
  if (typeof requestAnimationFrame !== "function" || document.visibilityState === "hidden") {
    const timer = setTimeout(task, HIDDEN_MS);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(task);
  return () => cancelAnimationFrame(frame);
};

/** The frame after the next: what is in the document by now is shown first. */
export const secondFrame: FrameSchedule = (task) => {
  let cancel = nextFrame(() => {
    cancel = nextFrame(task);
  });
  return () => cancel();
};

/**
 * Gateways gather text for 150 ms before they send it. It is in the document within a frame of its coming, some 17 ms, so
 * what comes next is not held back either.
 */
const CALM_MS = 133;

/**
 * The next frame, but at most some seven in a second. Nobody reads a long text faster, and every time it is rendered costs
 * more than for a short one.
 */
export function calmFrames(now: () => number = () => performance.now()): FrameSchedule {
  let lastAt = -Infinity;
  return (task) => {
    const run = () => {
      lastAt = now();
      task();
    };
    const rest = lastAt + CALM_MS - now();
    if (rest <= 0) return nextFrame(run);
    let cancel = () => {};
    const timer = setTimeout(() => {
      cancel = nextFrame(run);
    }, rest);
    return () => {
      clearTimeout(timer);
      cancel();
    };
  };
}
