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

const FRAME_MS = 17;

/** The next frame, but never two in a row: nobody sees more of a text that grows. */
export function everyOtherFrame(now: () => number = () => performance.now()): FrameSchedule {
  let lastAt = -Infinity;
  return (task) => {
    const schedule = now() - lastAt < FRAME_MS ? secondFrame : nextFrame;
    return schedule(() => {
      lastAt = now();
      task();
    });
  };
}

/**
 * Rest after a paint, in milliseconds. Gateways gather text for 75 to 150 ms before they send it, and it is in the
 * document within a frame of its coming, some 17 ms: what comes next from one of them is not held back either, unless it is
 * too fast to be read.
 */
export const REST_MS = { long: 133, fast: 200 } as const;

/** The next frame, but not before `restMs` have passed since the last time: a long text costs more each time. */
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
