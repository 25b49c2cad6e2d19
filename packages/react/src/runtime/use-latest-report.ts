"use client";

import { useInsertionEffect, useState } from "react";

/** One and the same function for as long as the component lives, which calls the latest of them. */
export function useLatestReport(report: (error: unknown) => void): (error: unknown) => void {
  const [channel] = useState(() => createChannel(report));
  // Before the effects of what is below, which may have something to report at once.
  useInsertionEffect(() => channel.listen(report), [channel, report]);
  return channel.report;
}

function createChannel(listener: (error: unknown) => void) {
  let current = listener;
  return {
    listen: (next: (error: unknown) => void): void => {
      current = next;
    },
    report: (error: unknown): void => {
      current(error);
    },
  };
}
