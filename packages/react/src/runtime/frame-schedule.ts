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
 * Rest after a paint, in milliseconds. Gateways gather text for 75 to 150 ms before they send it, and it is in the
 * document within a frame of its coming, some 17 ms: what comes next from one of them is not held back either, unless it is
 * too fast to be read.
 */
export const REST_MS = { short: 33, long: 133, fast: 200 } as const;

/**
 * The next frame, but not before `restMs` have passed since the last time. Nobody reads faster than some thirty paints in
 * a second show a text; for a long one, which costs more each time, seven are enough.
 */
export function calmFrames(restMs: number, now: () => number = () => performance.now()): FrameSchedule {
  let lastAt = -Infinity;
  return (task) => {
    const run = () => {
      lastAt = now();
      task();
    };
    const rest = lastAt + restMs - now();
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
