"use client";

import { createElement, useContext, useEffect, useState, type ComponentType, type ReactElement } from "react";

import { ReportContext } from "./error-boundary.tsx";

/** A part that is no part of the first load. */
export interface Deferred<Props> {
  /** The stand-in, or nothing, until the part is there. */
  (props: Props): ReactElement | null;
  /** Fetches the part without showing it. A failed fetch is tried again by the next call. */
  readonly load: () => Promise<void>;
  /** Whether it is there, or can be no more than its stand-in. `false`: it is on its way. */
  readonly useIsSettled: () => boolean;
}

/** What a stand-in is given once the part could not be fetched. */
export interface StandInProps {
  readonly onRetry?: () => void;
}

/**
 * A part that is fetched when it is shown for the first time, or before by `load`. A server never has it, so that what it
 * sends is what the browser begins with.
 */
export function deferred<Props extends object>(
  fetch: () => Promise<ComponentType<Props>>,
  StandIn: ComponentType<Props & StandInProps> | null = null,
): Deferred<Props> {
  let part: ComponentType<Props> | null = null;
  const load = async (): Promise<void> => {
    part ??= await fetch();
  };
  function useFetched(report?: (error: unknown) => void) {
    const [fetched, setFetched] = useState(() => part);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (fetched || failed) return undefined;
      let wanted = true;
      const show = async (): Promise<void> => {
        await load();
        if (wanted) setFetched(() => part);
      };
      show().catch((error: unknown) => {
        if (!wanted) return;
        setFailed(true);
        report?.(error);
      });
      return () => {
        wanted = false;
      };
    }, [fetched, failed, report]);
    return [fetched, failed, setFailed] as const;
  }
  function Part(props: Props): ReactElement | null {
    const [fetched, failed, setFailed] = useFetched(useContext(ReportContext));
    if (fetched) return createElement(fetched, props);
    return StandIn && createElement(StandIn, failed ? { ...props, onRetry: () => setFailed(false) } : props);
  }
  function useIsSettled(): boolean {
    const [fetched, failed] = useFetched();
    return fetched !== null || failed;
  }
  return Object.assign(Part, { load, useIsSettled });
}
