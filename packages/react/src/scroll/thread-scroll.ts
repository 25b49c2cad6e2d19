import type { TextWindow } from "../markdown/text-window.ts";
import { nextFrame, secondFrame, type FrameSchedule } from "../runtime/frame-schedule.ts";
import { LongText, type LongTextOwner } from "./long-text.ts";
import type { RowRange } from "./row-range.ts";
import { RowWindow, type Anchor, type AwayRow, type RowElements } from "./row-window.ts";
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
import { ShownState } from "./shown-state.ts";
import type { LocateInMessage, TextGroups } from "./text-groups.ts";

const AT_END: Following = { following: true, offset: 0, content: 0 };

/** How long after the last input a movement still counts as the reader's; wheels and flicks run on. */
const BY_HAND_MS = 400;
/** A scrollbar is held for longer, and tells nothing until it is let go. */
const SCROLLBAR_MS = 5_000;
const INPUTS = ["wheel", "touchstart", "touchmove", "keydown", "pointerdown"] as const;

/** A reply grows by this much until the rows above it are looked at again. */
const GROWTH_PX = 2_000;
/** A row is this far from its place before it is moved there: less is rounding. */
const DISPLACED_PX = 0.75;

interface Placement {
  readonly id: string;
  readonly align: "center" | "start";
  /** What of the message; default: its beginning, or all of it when that fits. */
  readonly locate?: LocateInMessage | undefined;
}

/** How {@link ThreadScroll.show} shows a message. */
export interface ShowOptions {
  /** Moves the focus there. Default `true`. */
  readonly focus?: boolean;
  /** What of it is brought into sight. Default: its beginning. */
  readonly locate?: LocateInMessage;
}

/**
 * The one owner of a thread's scroll position: everything that wants to move it asks here. {@link useThreadScroll} gives the one
 * in force; a host makes one where something outside of the chat is to move it.
 *
 * @example
 * ```tsx
 * import { Thread, ThreadScroll, ThreadScrollProvider } from "@automna/react";
 *
 * const scroll = new ThreadScroll();
 * const Conversation = () => <ThreadScrollProvider scroll={scroll}><Thread /></ThreadScrollProvider>;
 * const toTheEnd = () => scroll.follow();
 * ```
 */
export class ThreadScroll {
  #scroller: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  #following: Following = AT_END;
  #byHandUntil = 0;
  #wanted: string | null = null;
  /** The row that keeps its place while rows above it come, go or change. */
  #anchor: Anchor | null = null;
  /** The row that is on its way into sight. */
  #placement: Placement | null = null;
  #measuredAt = 0;
  #cancelCover = () => {};
  readonly #window = new RowWindow();
  /** The texts of which not all is in the document. */
  readonly #texts = new Set<LongText>();
  readonly #shown = new ShownState();
  readonly #onOlder = new Set<() => void>();

  /** What is shown now. The same object until something of it changes. */
  readonly getState = this.#shown.get;
  /** What a server shows: the end of the thread. */
  readonly getServerState = this.#shown.getInitial;
  /** Calls the listener after each change, until the answer is called. */
  readonly subscribe = this.#shown.subscribe;

  /** Called when the reader comes near the beginning. */
  readonly onOlder = (listener: () => void): (() => void) => {
    this.#onOlder.add(listener);
    return () => this.#onOlder.delete(listener);
  };

  /** Called when other rows are to be in the document. */
  readonly onRange = this.#window.subscribe;
  /** Another object when other rows are to be in the document. */
  readonly getRange = this.#window.getRange;

  /** Which of these rows are to be in the document. */
  rangeFor(ids: readonly string[]): RowRange {
    return this.#window.rangeFor(ids, this.#following.following);
  }

  /** The row with the focus, when it is none of these. It is to be in the document too, out of the flow. */
  awayFrom(range: RowRange, ids: readonly string[]): AwayRow | null {
    return this.#window.awayFrom(range, ids);
  }

  /** A window for a text that may become long. */
  readonly openText = (): TextWindow => new LongText(this.#owner);

  readonly #owner: LongTextOwner = {
    isFollowing: () => this.#following.following,
    committed: (text) => {
      this.#texts.add(text);
      // Else `rows` is called next, and the space that the new rows take is not yet taken from where it was.
      if (!this.#window.isPending) this.#arrange();
    },
    closed: (text) => this.#texts.delete(text),
  };

  /** Takes over the scroll position of an element. */
  attach(element: HTMLElement): () => void {
    this.#scroller = element;
    const onScroll = (event: Event) => this.#scrolled(event.timeStamp);
    const onInput = (event: Event) => {
      const onScrollbar = event.type === "pointerdown" && event.target === element;
      this.#byHandUntil = event.timeStamp + (onScrollbar ? SCROLLBAR_MS : BY_HAND_MS);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    for (const input of INPUTS) element.addEventListener(input, onInput, { passive: true });
    const onSelection = () => this.#texts.size > 0 && this.#coverLater();
    element.ownerDocument.addEventListener("selectionchange", onSelection);
    this.#arrange();
    return () => {
      element.removeEventListener("scroll", onScroll);
      for (const input of INPUTS) element.removeEventListener(input, onInput);
      element.ownerDocument.removeEventListener("selectionchange", onSelection);
      this.#cancelCover();
      if (this.#scroller === element) this.#scroller = null;
    };
  }

  /**
   * The thread's content or viewport may have another size now. Changes no size itself, since it is called by who watches
   * them: other rows come a frame later.
   */
  settle(): void {
    const [view, elements] = [this.#view(), this.#elements()];
    if (!view) return;
    const { following } = this.#following;
    if (mustCatchUp(this.#following, view)) this.#moveToEnd(view);
    if (!elements || (following && Math.abs(view.content - this.#measuredAt) <= GROWTH_PX)) return;
    this.#measuredAt = view.content;
    this.#window.measure(elements.list);
    for (const text of this.#texts) text.measure();
    if (!following) this.#keepPlace(elements, false);
    this.#coverLater();
  }

  /** These rows are in the document now, as elements of `list`. Another session (`fresh`) starts at its end with nothing unread. */
  rows(list: HTMLElement, ids: readonly string[], range: RowRange, fresh: boolean): void {
    const before = this.#window.ids;
    this.#list = list;
    this.#window.committed(list, ids, range);
    if (fresh) {
      this.#following = AT_END;
      this.#anchor = null;
      this.#placement = null;
    }
    if (fresh || ids !== before) this.#compare(fresh ? [] : before, ids, fresh);
    this.#arrange(ids === before);
    if (ids !== before) this.want(this.#wanted);
  }

  /** Goes to the end and stays there. */
  follow(): void {
    this.#following = { ...this.#following, following: true };
    this.#placement = null;
    this.#shown.set({ atEnd: true, unreadFrom: null, target: null });
    if (!this.#list || !this.#window.goToEnd(this.#list)) this.#moveToEnd();
  }

  /** Shows one message as soon as it is among the rows. `null`: no more. */
  want(id: string | null): void {
    this.#wanted = id !== null && this.show(id) ? null : id;
  }

  /** Forgets what was asked to be shown. */
  clearTarget(): void {
    this.#shown.set({ target: null });
  }

  /** The target has the focus. It takes it once: whoever wrote on meanwhile keeps it. */
  focused(): void {
    this.#shown.set({ focusTarget: false });
  }

  /** Goes to the first loaded row. */
  toStart(): void {
    const [first] = this.#window.ids;
    if (first !== undefined) this.#goTo({ id: first, align: "start" });
  }

  /** Shows one message. `false`: it is not among the loaded rows. */
  show(id: string, { focus = true, locate }: ShowOptions = {}): boolean {
    if (!this.#list || !this.#window.ids.includes(id)) return false;
    this.#shown.set({ target: id, focusTarget: focus });
    this.#goTo({ id, align: "center", locate });
    return true;
  }

  #goTo(placement: Placement): void {
    this.#following = { ...this.#following, following: false };
    this.#placement = placement;
    const index = this.#window.ids.indexOf(placement.id);
    const moves = this.#list && this.#window.goTo(this.#list, index, this.#scroller?.clientHeight ?? 0);
    if (!moves) this.#arrange();
  }

  #compare(before: readonly string[], after: readonly string[], fresh: boolean): void {
    const attentive = this.#following.following && this.#isVisible();
    const unreadFrom = fresh ? null : firstUnread(this.#shown.get().unreadFrom, before, after, attentive);
    this.#shown.set({ unreadFrom, ...(fresh && { atEnd: true, target: null }) });
  }

  /**
   * Brings what should be in sight to its place, and the rows that are missing around it into the document.
   *
   * @param canAbsorb whether the space above the rows may change instead of the scroll position
   */
  #arrange(canAbsorb = true): void {
    const elements = this.#elements();
    if (!elements) return;
    if (this.#placement) {
      if (!this.#bring(elements, this.#placement)) return;
    } else if (this.#following.following) this.#moveToEnd();
    else this.#keepPlace(elements, canAbsorb);
    // The rows that nobody sees yet are not worth waiting for.
    if (this.#following.following && this.#window.fills(elements)) return this.#coverLater(secondFrame);
    if (!this.#window.cover(elements, this.#following.following)) this.#placement = null;
    this.#coverTexts(elements);
  }

  #coverTexts({ scroller }: RowElements): void {
    if (this.#texts.size === 0) return;
    const viewport = scroller.getBoundingClientRect();
    for (const text of this.#texts) text.cover(viewport);
  }

  #coverLater(schedule: FrameSchedule = nextFrame): void {
    this.#cancelCover();
    this.#cancelCover = schedule(() => {
      const elements = this.#elements();
      if (!elements) return;
      this.#window.cover(elements, this.#following.following);
      this.#coverTexts(elements);
    });
  }

  /** @returns `false`: what is to be shown is on its way into the document */
  #bring(elements: RowElements, { id, align, locate }: Placement): boolean {
    const { scroller, list } = elements;
    const message = this.#window.messageOf(list, id);
    if (!message) return true;
    const place = locate?.(message, this.#groupsOf) ?? message;
    if (place === "coming") return false;
    const { top, height } = place.getBoundingClientRect();
    const y = Math.max(0, (scroller.clientHeight - height) / 2);
    const distance = top - scroller.getBoundingClientRect().top;
    scroller.scrollTop = align === "start" ? 0 : scroller.scrollTop + distance - y;
    this.#arrived(elements);
    return true;
  }

  readonly #groupsOf = (element: Element): TextGroups | undefined =>
    [...this.#texts].find((text) => text.isIn(element));

  #keepPlace(elements: RowElements, canAbsorb: boolean): void {
    const { scroller, list } = elements;
    const displaced = this.#anchor ? this.#window.displacement(elements, this.#anchor) : 0;
    const moved = Math.abs(displaced) > DISPLACED_PX;
    if (moved && !(canAbsorb && this.#window.absorb(list, displaced))) scroller.scrollTop += displaced;
    this.#arrived(elements);
  }

  #arrived(elements: RowElements): void {
    const { scrollTop, scrollHeight } = elements.scroller;
    this.#following = { following: false, offset: scrollTop, content: scrollHeight };
    this.#anchor = this.#window.anchor(elements);
  }

  #scrolled(at: number): void {
    const [view, elements] = [this.#view(), this.#elements()];
    if (!view) return;
    this.#following = afterScroll(this.#following, view, at < this.#byHandUntil);
    if (mustCatchUp(this.#following, view)) this.#moveToEnd(view);
    this.#anchor = elements && !this.#following.following ? this.#window.anchor(elements) : null;
    if (elements) {
      this.#window.cover(elements, this.#following.following);
      this.#coverTexts(elements);
    }
    this.#shown.set({ atEnd: this.#following.following || distanceToEnd(view) <= END_TOLERANCE_PX });
    if (wantsOlder(this.#following, view)) for (const listener of this.#onOlder) listener();
  }

  /** @param view where the viewport is, if that was looked up just now */
  #moveToEnd(view = this.#view()): void {
    if (!this.#scroller || !view) return;
    const offset = Math.max(0, view.content - view.viewport);
    this.#scroller.scrollTop = view.content;
    this.#following = { following: true, offset, content: view.content };
  }

  #elements(): RowElements | null {
    return this.#scroller && this.#list && { scroller: this.#scroller, list: this.#list };
  }

  #view(): View | null {
    const element = this.#scroller;
    return (
      element && {
        offset: element.scrollTop,
        viewport: element.clientHeight,
        content: element.scrollHeight,
      }
    );
  }

  #isVisible(): boolean {
    return this.#scroller?.ownerDocument.visibilityState !== "hidden";
  }
}
