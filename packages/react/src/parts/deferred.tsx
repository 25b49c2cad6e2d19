"use client";

import {
  createElement,
  useCallback,
  useContext,
  useEffect,
  useState,
  type ComponentType,
  type ReactElement,
} from "react";

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

/**
 * A part that is fetched when it is shown for the first time, or before by `load`. A server never has it, so that what it
 * sends is what the browser begins with.
 */
export function deferred<Props extends object>(
  fetch: () => Promise<ComponentType<Props>>,
  StandIn: ComponentType<Props> | null = null,
): Deferred<Props> {
  let part: ComponentType<Props> | null = null;
  const load = async (): Promise<void> => {
    part ??= await fetch();
  };
  function useFetched(onFailure: (error: unknown) => void): ComponentType<Props> | null {
    const [fetched, setFetched] = useState(() => part);
    useEffect(() => {
      if (fetched) return undefined;
      let wanted = true;
      const show = async (): Promise<void> => {
        await load();
        if (wanted) setFetched(() => part);
      };
      show().catch((error: unknown) => {
        if (wanted) onFailure(error);
      });
      return () => {
        wanted = false;
      };
    }, [fetched, onFailure]);
    return fetched;
  }
  function Part(props: Props): ReactElement | null {
    const shown = useFetched(useContext(ReportContext)) ?? StandIn;
    return shown && createElement(shown, props);
  }
  function useIsSettled(): boolean {
    const [failed, setFailed] = useState(false);
    return useFetched(useCallback(() => setFailed(true), [])) !== null || failed;
  }
  return Object.assign(Part, { load, useIsSettled });
}
