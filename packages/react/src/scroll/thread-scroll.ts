import {
  afterScroll,
  distanceToEnd,
  END_TOLERANCE_PX,
  firstUnread,
  mustCatchUp,
  wantsOlder,
  type Following,
  type View,
} from "./scroll-decisions.ts";

/** What the parts around the thread show. */
export interface ThreadScrollState {
  /** The end of the thread is in sight or kept in sight. */
  readonly atEnd: boolean;
  /** The first message that came while the reader was elsewhere. */
  readonly unreadFrom: string | null;
  /** The message that somebody asked to be shown. */
  readonly target: string | null;
  /** Reading goes on at the target, so it takes the focus. */
  readonly focusTarget: boolean;
}

/** Moves the list to a row, also to one that is not mounted. */
export type RevealRow = (index: number, align: "center" | "start") => void;

const INITIAL: ThreadScrollState = { atEnd: true, unreadFrom: null, target: null, focusTarget: false };

const AT_END: Following = { following: true, offset: 0, content: 0 };

/** How long after the last input a movement still counts as the reader's; wheels and flicks run on. */
const BY_HAND_MS = 400;
/** A scrollbar is held for longer, and tells nothing until it is let go. */
const SCROLLBAR_MS = 5_000;
const INPUTS = ["wheel", "touchstart", "touchmove", "keydown", "pointerdown"] as const;

/**
 * The one owner of a thread's scroll position. Everything that wants to move it asks here; what it decides is in
 * `scroll-decisions.ts`.
 */
export class ThreadScroll {
  #element: HTMLElement | null = null;
  #following: Following = AT_END;
  #byHandUntil = 0;
  #ids: readonly string[] = [];
  #state = INITIAL;
  #reveal: RevealRow | null = null;
  #wanted: string | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #onOlder = new Set<() => void>();

  readonly getState = (): ThreadScrollState => this.#state;
  readonly getServerState = (): ThreadScrollState => INITIAL;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Called when the reader comes near the beginning. */
  readonly onOlder = (listener: () => void): (() => void) => {
    this.#onOlder.add(listener);
    return () => this.#onOlder.delete(listener);
  };

  /** Takes over the scroll position of an element. */
  attach(element: HTMLElement): () => void {
    this.#element = element;
    const onScroll = (event: Event) => this.#scrolled(event.timeStamp);
    const onInput = (event: Event) => {
      const onScrollbar = event.type === "pointerdown" && event.target === element;
      this.#byHandUntil = event.timeStamp + (onScrollbar ? SCROLLBAR_MS : BY_HAND_MS);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    for (const input of INPUTS) element.addEventListener(input, onInput, { passive: true });
    this.settle();
    return () => {
      element.removeEventListener("scroll", onScroll);
      for (const input of INPUTS) element.removeEventListener(input, onInput);
      if (this.#element === element) this.#element = null;
    };
  }

  /** How to bring a row into sight. */
  revealBy(reveal: RevealRow): () => void {
    this.#reveal = reveal;
    return () => {
      if (this.#reveal === reveal) this.#reveal = null;
    };
  }

  /** The list's content or viewport may have another size now. */
  settle(): void {
    const view = this.#view();
    if (view && mustCatchUp(this.#following, view)) this.#moveToEnd();
  }

  /** The rows are others now. Another session (`fresh`) starts at its end with nothing unread. */
  rows(ids: readonly string[], fresh: boolean): void {
    const before = fresh ? [] : this.#ids;
    this.#ids = ids;
    if (fresh) this.#following = AT_END;
    const attentive = this.#following.following && this.#isVisible();
    const unreadFrom = fresh ? null : firstUnread(this.#state.unreadFrom, before, ids, attentive);
    this.#set({ unreadFrom, ...(fresh && { atEnd: true, target: null }) });
    this.settle();
    this.want(this.#wanted);
  }

  /** Goes to the end and stays there. */
  follow(): void {
    this.#following = { ...this.#following, following: true };
    this.#set({ atEnd: true, unreadFrom: null, target: null });
    this.#moveToEnd();
  }

  /** Shows one message as soon as it is among the rows. `null`: no more. */
  want(id: string | null): void {
    this.#wanted = id !== null && this.show(id) ? null : id;
  }

  /** Forgets what was asked to be shown. */
  clearTarget(): void {
    this.#set({ target: null });
  }

  /** Goes to the first loaded row, however wrong the guesses about the rows above were. */
  toStart(): void {
    this.#following = { ...this.#following, following: false };
    this.#reveal?.(0, "start");
  }

  /** Shows one message. `false`: it is not among the loaded rows. */
  show(id: string, { focus = true }: { readonly focus?: boolean } = {}): boolean {
    const index = this.#ids.indexOf(id);
    if (index < 0 || !this.#reveal) return false;
    this.#following = { ...this.#following, following: false };
    this.#set({ target: id, focusTarget: focus });
    this.#reveal(index, "center");
    return true;
  }

  #scrolled(at: number): void {
    const view = this.#view();
    if (!view) return;
    this.#following = afterScroll(this.#following, view, at < this.#byHandUntil);
    this.settle();
    this.#set({ atEnd: this.#following.following || distanceToEnd(view) <= END_TOLERANCE_PX });
    if (wantsOlder(this.#following, view)) for (const listener of this.#onOlder) listener();
  }

  #moveToEnd(): void {
    const element = this.#element;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    this.#following = { following: true, offset: element.scrollTop, content: element.scrollHeight };
  }

  #view(): View | null {
    const element = this.#element;
    return (
      element && {
        offset: element.scrollTop,
        viewport: element.clientHeight,
        content: element.scrollHeight,
      }
    );
  }

  #isVisible(): boolean {
    return this.#element?.ownerDocument.visibilityState !== "hidden";
  }

  #set(change: Partial<ThreadScrollState>): void {
    const next = { ...this.#state, ...change };
    const same =
      next.atEnd === this.#state.atEnd &&
      next.unreadFrom === this.#state.unreadFrom &&
      next.target === this.#state.target &&
      next.focusTarget === this.#state.focusTarget;
    if (same) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
