import type { GroupRange, TextWindow } from "../markdown/text-window.ts";
import { RowHeights } from "./row-heights.ts";
import { isRightFor, rowsAround, type Stretch } from "./row-range.ts";
import type { TextGroups } from "./text-groups.ts";

/** Texts of fewer groups are in the document as a whole. */
const LEAST_GROUPS = 8;
/** Groups that are shown before any of them could be measured. */
const FIRST_GROUPS = 3;
/** Between two groups whose distance was never seen. In CSS pixels, like all here. */
const GAP_PX = 12;

/** What a text asks of the thread that it stands in. */
export interface LongTextOwner {
  /** The end of the thread is kept in sight. */
  isFollowing(): boolean;
  /** Other groups are in the document: what is read may have been moved. */
  committed(text: LongText): void;
  closed(text: LongText): void;
}

/**
 * Which blocks of a long text are in the document: those near the viewport, in groups. Where the others would stand is
 * padding. Like {@link RowWindow} it never scrolls.
 */
export class LongText implements TextWindow, TextGroups {
  readonly #owner: LongTextOwner;
  readonly #heights = new RowHeights();
  #sources: () => readonly string[] = () => [];
  #ids: readonly string[] = [];
  #range: GroupRange | null = null;
  /** How often other groups were asked for. What renders anyhow, because there are more groups, asks for none. */
  #asked = 0;
  #element: HTMLElement | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(owner: LongTextOwner) {
    this.#owner = owner;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.#asked;

  rangeFor(count: number): GroupRange {
    if (count < LEAST_GROUPS) return { start: 0, end: count };
    const { start, end } = this.#range ?? this.#firstGroups(count);
    const isAtEnd = end >= this.#ids.length;
    return { start: Math.min(start, count - 1), end: isAtEnd ? count : Math.min(end, count) };
  }

  #firstGroups(count: number): GroupRange {
    if (this.#owner.isFollowing()) return { start: count - FIRST_GROUPS, end: count };
    // `rangeFor` goes on to the end of what was known, which is nothing yet.
    this.#ids = idsOf(count);
    return { start: 0, end: FIRST_GROUPS };
  }

  setSources(sources: () => readonly string[]): void {
    this.#sources = sources;
  }

  sources(): readonly string[] {
    return this.#sources();
  }

  /** Whether it is shown by this element. */
  isIn(element: Element): boolean {
    return element === this.#element;
  }

  elementsOf(group: number): readonly Element[] {
    const children = [...(this.#element?.children ?? [])];
    const own = children.filter(isGroup);
    if (group === 0) return children.filter((child) => !isGroup(child));
    const element = own[group - Math.max(1, this.#range?.start ?? 0)];
    return element ? [element] : [];
  }

  goTo(group: number): boolean {
    const [element, range] = [this.#element, this.#range];
    if (!element || !range || (group >= range.start && group < range.end)) return false;
    const top = this.#heights.top(group);
    this.#set(this.#held(element, range, rowsAround({ from: top, to: top }, this.#heights)));
    return true;
  }

  committed(element: HTMLElement, count: number, range: GroupRange): void {
    this.#element = element;
    this.#ids = this.#ids.length === count ? this.#ids : idsOf(count);
    this.#heights.setIds(this.#ids);
    this.#range = range;
    if (count < LEAST_GROUPS) return;
    this.measure();
    this.#space(element, range);
    this.#owner.committed(this);
  }

  close(): void {
    this.#element = null;
    this.#owner.closed(this);
  }

  /** Takes the heights of the groups that are in the document. */
  measure(): void {
    const start = this.#range?.start ?? 0;
    // What is folded up has no sizes.
    const isShown = (this.#element?.getClientRects().length ?? 0) > 0;
    const boxes = this.#element && isShown ? groupsOf(this.#element, start) : [];
    this.#heights.measured(
      new Map(
        boxes.map(({ top, bottom }, index) => {
          const next = boxes[index + 1]?.top ?? bottom + GAP_PX;
          return [String(start + index), next - top];
        }),
      ),
    );
  }

  /**
   * Has the groups around the viewport rendered, if others are in the document.
   *
   * @param viewport its edges, on the screen
   */
  cover(viewport: { readonly top: number; readonly bottom: number }): void {
    const [element, range] = [this.#element, this.#range];
    if (!element || !range || viewport.bottom <= viewport.top) return;
    if (element.getClientRects().length === 0) return;
    const { top } = element.getBoundingClientRect();
    const height = this.#heights.top(this.#heights.count);
    const within = (y: number) => Math.min(Math.max(y, 0), height);
    const seen: Stretch = { from: within(viewport.top - top), to: within(viewport.bottom - top) };
    const wanted = this.#held(element, range, rowsAround(seen, this.#heights));
    const isEnough = wanted.start >= range.start && wanted.end <= range.end;
    if (isRightFor(range, seen, this.#heights) && isEnough) return;
    if (wanted.start === range.start && wanted.end === range.end) return;
    this.#set(wanted);
  }

  #set(range: GroupRange): void {
    this.#range = range;
    this.#asked += 1;
    for (const listener of this.#listeners) listener();
  }

  /** What is selected or has the focus stays in the document, and what is selected from end to end is there as a whole. */
  #held(element: HTMLElement, shown: GroupRange, wanted: GroupRange): GroupRange {
    const { activeElement } = element.ownerDocument;
    const selected = selectionIn(element);
    if (selected === "whole") return { start: 0, end: this.#heights.count };
    const hasFocus = activeElement !== element && element.contains(activeElement);
    if (selected === "none" && !hasFocus) return wanted;
    return { start: Math.min(shown.start, wanted.start), end: Math.max(shown.end, wanted.end) };
  }

  /** Pads the text as if all groups were there. */
  #space(element: HTMLElement, { start, end }: GroupRange): void {
    const above = this.#heights.top(start);
    const below = this.#heights.top(this.#heights.count) - this.#heights.top(end);
    element.style.paddingBlockEnd = `${below}px`;
    element.style.paddingBlockStart = `${above}px`;
    const first = groupsOf(element, start)[0];
    if (!first || start === 0) return;
    // The margin of the first block that is there comes on top.
    const margin = first.top - element.getBoundingClientRect().top - above;
    element.style.paddingBlockStart = `${Math.max(0, above - margin)}px`;
  }
}

function idsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

function selectionIn(element: HTMLElement): "none" | "part" | "whole" {
  const selection = element.ownerDocument.getSelection();
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return "none";
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(element)) return "none";
  const whole = element.ownerDocument.createRange();
  whole.selectNodeContents(element);
  const fromStart = range.compareBoundaryPoints(Range.START_TO_START, whole) <= 0;
  const toEnd = range.compareBoundaryPoints(Range.END_TO_END, whole) >= 0;
  return fromStart && toEnd ? "whole" : "part";
}

function isGroup(element: Element): boolean {
  return element.hasAttribute("data-blocks");
}

interface Edges {
  readonly top: number;
  readonly bottom: number;
}

/** Where the groups in the document are. The first group of a text has no element of its own. */
function groupsOf(element: HTMLElement, start: number): readonly Edges[] {
  const own = [...element.children].filter(isGroup);
  const edges: Edges[] = own.map((group) => group.getBoundingClientRect());
  if (start > 0) return edges;
  const top = element.getBoundingClientRect().top;
  const last = own[0]?.previousElementSibling ?? element.lastElementChild;
  return [{ top, bottom: last?.getBoundingClientRect().bottom ?? top }, ...edges];
}
