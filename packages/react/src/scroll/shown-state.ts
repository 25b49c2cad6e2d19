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

const INITIAL: ThreadScrollState = { atEnd: true, unreadFrom: null, target: null, focusTarget: false };

/** Tells the parts around the thread what changed for them. */
export class ShownState {
  #state = INITIAL;
  readonly #listeners = new Set<() => void>();

  readonly get = (): ThreadScrollState => this.#state;
  readonly getInitial = (): ThreadScrollState => INITIAL;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<ThreadScrollState>): void {
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
