"use client";

import { useCallback, useEffect, useState } from "react";
import type * as v from "valibot";
import { type Answer, ask } from "../../browser/ask.ts";
import type { Pulse } from "../../browser/pulse.ts";

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

interface Older<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** The first page stays fresh; older pages are added on demand, and stay as they were. */
export function usePages<Item extends { readonly id: string }>(
  path: string,
  schema: Paged<Item>,
  pulse: Pulse,
): Page<Item> {
  const first = useAnswer(path, schema, pulse);
  const [older, setOlder] = useState<Older<Item> | null>(null);
  const [failed, setFailed] = useState<Page<Item>["problem"]>(null);
  const value = first?.kind === "ok" ? first.value : null;
  const next = older ? older.next : (value?.next ?? null);
  const more = useCallback(async () => {
    if (next === null) return;
    const answer = await ask({ path: `${path}?before=${encodeURIComponent(next)}`, answer: schema });
    if (answer.kind !== "ok") return setFailed(answer);
    setFailed(null);
    setOlder((known) => ({
      items: [...(known?.items ?? []), ...answer.value.items],
      next: answer.value.next,
    }));
  }, [path, schema, next]);
  return {
    items: value && joined(value.items, older?.items ?? []),
    problem: failed ?? (first && first.kind !== "ok" ? first : null),
    more: next === null ? null : more,
  };
}

/** What has moved from the first page to the second since is shown once. */
function joined<Item extends { readonly id: string }>(fresh: readonly Item[], old: readonly Item[]): Item[] {
  const seen = new Set(fresh.map(({ id }) => id));
  return [...fresh, ...old.filter(({ id }) => !seen.has(id))];
}
