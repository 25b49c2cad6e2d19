/** Without sizes (a test in jsdom) nothing could be said to be out of sight. */
export const canMeasure = typeof document === "undefined" || typeof ResizeObserver !== "undefined";
