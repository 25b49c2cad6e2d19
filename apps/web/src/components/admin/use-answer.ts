"use client";

import { useCallback, useEffect, useReducer, useState } from "react";
import type * as v from "valibot";
import { type Answer, ask } from "../../browser/ask.ts";
import type { Pulse } from "../../browser/pulse.ts";
import { reducePages } from "./pages.ts";

/** The newest answer to a question that is asked anew at every beat. */
export function useAnswer<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  pulse: Pulse,
): Answer<v.InferOutput<Schema>> | null {
  const [answer, setAnswer] = useState<Answer<v.InferOutput<Schema>> | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const look = () => {
      ask({ path, answer: schema, signal: leaving.signal }).then(setAnswer, () => undefined);
    };
    look();
    const unsubscribe = pulse.subscribe(look);
    return () => {
      unsubscribe();
      leaving.abort();
    };
  }, [path, schema, pulse]);
  return answer;
}

/** A list that is shown page by page: what was asked for so far. */
export interface Page<Item> {
  readonly items: readonly Item[] | null;
  readonly problem: Exclude<Answer<unknown>, { kind: "ok" }> | null;
  /** Adds the older ones; null when there are none. */
  readonly more: (() => Promise<void>) | null;
}

type Paged<Item> = v.GenericSchema<unknown, { items: Item[]; next: string | null }>;

/** The first page stays fresh; older pages are added on demand, and stay as they were, as does what leaves the first. */
export function usePages<Item extends { readonly id: string }>(
  path: string,
  schema: Paged<Item>,
  pulse: Pulse,
): Page<Item> {
  const first = useAnswer(path, schema, pulse);
  const [known, dispatch] = useReducer(reducePages<Item>, null);
  const [failed, setFailed] = useState<Page<Item>["problem"]>(null);
  const value = first?.kind === "ok" ? first.value : null;
  useEffect(() => {
    if (value) dispatch({ kind: "first", page: value });
  }, [value]);
  const before = known?.next ?? null;
  const more = useCallback(async () => {
    if (before === null) return;
    dispatch({ kind: "read-on" });
    const answer = await ask({ path: `${path}?before=${encodeURIComponent(before)}`, answer: schema });
    if (answer.kind !== "ok") return setFailed(answer);
    setFailed(null);
    dispatch({ kind: "older", before, page: answer.value });
  }, [path, schema, before]);
  return {
    items: value && known && known.items,
    problem: failed ?? (first && first.kind !== "ok" ? first : null),
    more: before === null ? null : more,
  };
}
