"use client";

import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from "react";

import { isForInputMethod } from "../composer/composer-keys.ts";
import { mark } from "../find/mark.ts";
import { locateMatch } from "../find/match-on-page.ts";
import { findMatches, matchAt, step, type Matches } from "../find/matches.ts";
import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import { useHistory } from "../runtime/chat-hooks.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import type { LocateInMessage } from "../scroll/text-groups.ts";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { Icon } from "./icons.tsx";
import { LateIcon } from "./late-icons.tsx";

/** Who closes the {@link FindBar}. */
export interface FindBarProps {
  /** Called on Escape and by its button: take the bar away then. */
  readonly onClose: () => void;
}

/**
 * Finds text in all loaded messages, and on demand in earlier ones. The browser's own search sees only the rows that are
 * in the document. It takes the focus when it appears.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { FindBar } from "@automna/react";
 * import { useState } from "react";
 *
 * function Search() {
 *   const [isOpen, setOpen] = useState(false);
 *   if (isOpen) return <FindBar onClose={() => setOpen(false)} />;
 *   return <button onClick={() => setOpen(true)}>Search</button>;
 * }
 * ```
 */
export function FindBar({ onClose }: FindBarProps): ReactElement {
  const { find, chat } = useStrings();
  const { store } = useChatRuntime();
  const scroll = useThreadScroll();
  const input = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState("");
  const [found, setFound] = useState({ index: -1, count: 0 });
  useEffect(() => input.current?.focus(), []);
  useEffect(() => () => mark(null), []);

  const go = (matches: Matches, index: number) => {
    setFound({ index, count: matches.count });
    mark(null);
    const match = matchAt(matches, index);
    if (match === null) return;
    const findPlace = locateMatch(match, matches.wanted);
    const locate: LocateInMessage = (...page) => {
      const place = findPlace(...page);
      if (place !== "coming") mark(place);
      return place;
    };
    // In jsdom a range has no sizes.
    const canGoThere = "getBoundingClientRect" in Range.prototype;
    scroll.show(match.id, { focus: false, ...(canGoThere && { locate }) });
  };
  const search = (text: string) => {
    setQuery(text);
    const matches = findMatches(store.getState(), text);
    go(matches, matches.count - 1);
  };
  const move = (by: 1 | -1) => {
    const matches = findMatches(store.getState(), query);
    go(matches, step(Math.min(found.index, matches.count - 1), by, matches.count));
  };
  const earlier = useSearchEarlier(query, go);
  const onKeyDown = (event: KeyboardEvent) => {
    if (isForInputMethod(event.nativeEvent)) return;
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") move(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const position =
    found.index < 0
      ? query.trim() === ""
        ? ""
        : find.nothing
      : fill(find.position, { index: found.index + 1, count: found.count });
  return (
    <div className="automna-find" role="search">
      <Icon name="search" />
      <input
        ref={input}
        className="automna-input"
        type="search"
        dir={query === "" ? undefined : "auto"}
        aria-label={find.label}
        placeholder={find.placeholder}
        value={query}
        onChange={(event) => search(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <span className="automna-find-position" role="status">
        {earlier.searching ? find.searchingEarlier : position}
      </span>
      {earlier.search !== null && (
        <button
          type="button"
          className="automna-button"
          data-look="quiet"
          data-size="small"
          aria-disabled={earlier.searching}
          onClick={earlier.search}
        >
          {find.searchEarlier}
        </button>
      )}
      <button
        type="button"
        className="automna-icon-button"
        title={find.previous}
        aria-label={find.previous}
        onClick={() => move(-1)}
      >
        <span className="automna-flip">
          <LateIcon name="down" />
        </span>
      </button>
      <button
        type="button"
        className="automna-icon-button"
        title={find.next}
        aria-label={find.next}
        onClick={() => move(1)}
      >
        <LateIcon name="down" />
      </button>
      <button
        type="button"
        className="automna-icon-button"
        title={chat.close}
        aria-label={chat.close}
        onClick={onClose}
      >
        <LateIcon name="close" />
      </button>
    </div>
  );
}

/** A search that finds nothing must not read a whole history at once. */
const MOST_PAGES = 20;

interface EarlierSearch {
  readonly searching: boolean;
  /** Loads earlier pages until one of them has a match. `null`: there are none, or nothing is looked for. */
  readonly search: (() => void) | null;
}

function useSearchEarlier(query: string, onFound: (matches: Matches, index: number) => void): EarlierSearch {
  const { store, actions } = useChatRuntime();
  const history = useHistory();
  const [searching, setSearching] = useState(false);
  const wanted = useRef(query);
  useEffect(() => {
    wanted.current = query;
    return () => {
      wanted.current = "";
    };
  }, [query]);
  const search = async (): Promise<void> => {
    const known = findMatches(store.getState(), query).count;
    for (let pages = 0; pages < MOST_PAGES && wanted.current === query; pages += 1) {
      const now = store.getState().history;
      if (now.status !== "ready" || !now.hasOlder) return;
      await actions.loadOlder();
      const matches = findMatches(store.getState(), query);
      if (matches.count > known && wanted.current === query)
        return onFound(matches, matches.count - known - 1);
    }
  };
  const canSearch = query.trim() !== "" && history.status === "ready" && history.hasOlder;
  return {
    searching,
    search: canSearch
      ? () => {
          if (searching) return;
          setSearching(true);
          toldByNotice(search().finally(() => setSearching(false)));
        }
      : null,
  };
}
