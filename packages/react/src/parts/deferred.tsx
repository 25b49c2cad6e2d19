"use client";

import { createElement, useContext, useEffect, useState, type ComponentType, type ReactElement } from "react";

import { ReportContext } from "./error-boundary.tsx";

/** A part that is no part of the first load. */
export interface Deferred<Props> {
  /** Nothing until the part is there. */
  (props: Props): ReactElement | null;
  /** Fetches the part without showing it. A failed fetch is tried again by the next call. */
  readonly load: () => Promise<void>;
}

/**
 * A part that is fetched when it is shown for the first time, or before by `load`. A server never has it, so that what it
 * sends is what the browser begins with.
 */
export function deferred<Props extends object>(fetch: () => Promise<ComponentType<Props>>): Deferred<Props> {
  let part: ComponentType<Props> | null = null;
  const load = async (): Promise<void> => {
    part ??= await fetch();
  };
  function Part(props: Props): ReactElement | null {
    const [shown, setShown] = useState(() => part);
    const report = useContext(ReportContext);
    useEffect(() => {
      if (shown) return undefined;
      let wanted = true;
      const show = async (): Promise<void> => {
        await load();
        if (wanted) setShown(() => part);
      };
      show().catch(report);
      return () => {
        wanted = false;
      };
    }, [shown, report]);
    return shown && createElement(shown, props);
  }
  return Object.assign(Part, { load });
}
