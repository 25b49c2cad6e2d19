import { RowHeights } from "./row-heights.ts";
import { isRightFor, lastRows, rowsAround, sameRows, type RowRange, type Stretch } from "./row-range.ts";

/** A row, and where the upper edge of its message is, in CSS pixels below that of the viewport. */
export interface Anchor {
  readonly id: string;
  readonly y: number;
  /** What of a long message is at that edge, if it is not its beginning; `y` is where that begins then. */
  readonly part: Element | null;
}

/** A row with less of it in sight is not what is read: edges rarely fall on whole pixels. */
const SEEN_PX = 1;

/** A row in the document that is far from the viewport. */
export interface AwayRow {
  readonly index: number;
  /** Distance from the first row, in CSS pixels. */
  readonly top: number;
}

/** What of the document is looked at and written to. */
export interface RowElements {
  /** What scrolls. */
  readonly scroller: HTMLElement;
  /** The rows between two elements that are as high as the rows which are not there. */
  readonly list: HTMLElement;
}

/**
 * Which rows of a thread are in the document, and the space that the others would take. It never scrolls: that is for
 * the thread's one owner of the scroll position.
 */
export class RowWindow {
  readonly #heights = new RowHeights();
  #ids: readonly string[] = [];
  #range: RowRange = { start: 0, end: 0 };
  /** Other rows are on their way into the document. */
  #isPending = false;
  /** Height of the space above, where measuring has not yet proved it wrong. */
  #above = 0;
  /** The row with the focus. It stays in the document wherever the reader scrolls. */
  #focused: string | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getRange = (): RowRange => this.#range;

  get isPending(): boolean {
    return this.#isPending;
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  /** What to render of `ids` now. */
  rangeFor(ids: readonly string[], following: boolean): RowRange {
    const range = sameRows(this.#range, this.#ids, ids);
    return following && range.end < ids.length ? { start: range.start, end: ids.length } : range;
  }

  /** The row that stays in the document although it is none of `range`, and how far below the first row that is. */
  awayFrom({ start, end }: RowRange, ids: readonly string[]): AwayRow | null {
    const index = this.#focused === null ? -1 : ids.indexOf(this.#focused);
    if (index < 0 || (index >= start && index < end)) return null;
    return { index, top: this.#heights.top(index) };
  }

  /** These rows are in the document now. Measures them. */
  committed(list: HTMLElement, ids: readonly string[], range: RowRange): void {
    const isOtherList = ids !== this.#ids;
    this.#isPending = false;
    this.#ids = ids;
    if (!sameRange(range, this.#range)) this.#range = range;
    this.#heights.setIds(ids);
    this.measure(list);
    if (isOtherList) this.#above = this.#heights.top(range.start);
    this.#space(list);
  }

  measure(list: HTMLElement): void {
    this.#heights.measured(
      new Map(rowsIn(list).map(([id, row]) => [id, row.getBoundingClientRect().height])),
    );
  }

  /**
   * Has the rows around the viewport rendered, if others are in the document.
   *
   * @returns whether they will be
   */
  cover(elements: RowElements, following: boolean): boolean {
    const height = elements.scroller.clientHeight;
    if (height === 0) return false;
    const last = this.#heights.top(this.#heights.count);
    const shift = following ? 0 : this.#shift(elements);
    const from = following ? last - height : viewportTop(elements) - shift;
    const seen: Stretch = { from, to: from + height };
    if (isRightFor(this.#range, seen, this.#heights)) return false;
    const range = rowsAround(seen, this.#heights);
    if (sameRange(range, this.#range)) return false;
    this.#above = Math.max(0, this.#heights.top(range.start) + shift);
    this.#set(range, elements.list);
    return true;
  }

  /** Whether the rows in the document are the last ones, and enough for what is in sight at the end. */
  fills({ scroller }: RowElements): boolean {
    const { start, end } = this.#range;
    const { count } = this.#heights;
    if (end < count) return false;
    return start === 0 || this.#heights.top(count) - this.#heights.top(start) >= scroller.clientHeight;
  }

  /** Has the rows around one row rendered. `false`: they are in the document already. */
  goTo(list: HTMLElement, index: number, viewport: number): boolean {
    const top = this.#heights.top(index);
    const range = rowsAround({ from: top - viewport, to: top + viewport }, this.#heights);
    if (this.#range.start <= range.start && this.#range.end >= range.end) return false;
    this.#above = this.#heights.top(range.start);
    this.#set(range, list);
    return true;
  }

  /** Has the last rows rendered. `false`: they are in the document already. */
  goToEnd(list: HTMLElement): boolean {
    const { count } = this.#heights;
    if (this.#range.end === count) return false;
    const range = lastRows(count);
    this.#above = this.#heights.top(range.start);
    this.#set(range, list);
    return true;
  }

  /** The row at the upper edge of the viewport. */
  anchor({ scroller, list }: RowElements): Anchor | null {
    const { top } = scroller.getBoundingClientRect();
    const isSeen = (element: Element) => element.getBoundingClientRect().bottom > top + SEEN_PX;
    for (const [id, row] of rowsIn(list)) {
      if (!isSeen(row)) continue;
      const part = [...row.querySelectorAll("[data-blocks]")].find(isSeen) ?? null;
      const edge = part?.getBoundingClientRect().top ?? Infinity;
      // The beginning of a message has no element of its own.
      const isFirst = part !== null && part === part.parentElement?.firstElementChild;
      if (part && (isFirst || edge <= top)) return { id, y: edge - top, part };
      return { id, y: messageIn(row).getBoundingClientRect().top - top, part: null };
    }
    return null;
  }

  /** By how much an anchor is lower than it was; 0 when it is not in the document any more. */
  displacement({ scroller, list }: RowElements, { id, y, part }: Anchor): number {
    const { top } = scroller.getBoundingClientRect();
    if (part) return list.contains(part) ? part.getBoundingClientRect().top - top - y : 0;
    const message = this.messageOf(list, id);
    return message ? message.getBoundingClientRect().top - top - y : 0;
  }

  /** The message of a row; `null` when it is not in the document. */
  messageOf(list: HTMLElement, id: string): HTMLElement | null {
    const row = rowsIn(list).find(([name]) => name === id)?.[1];
    return row ? messageIn(row) : null;
  }

  /**
   * Takes a displacement out of the space above the rows, which is a guess anyhow. That spares a write to the scroll
   * position, which would end a flick on a touch screen.
   *
   * @returns `false` when the space has not that much to give
   */
  absorb(list: HTMLElement, displacement: number): boolean {
    if (this.#range.start === 0 || this.#above < displacement) return false;
    this.#above -= displacement;
    this.#space(list);
    return true;
  }

  /** By how much the rows in the document lie lower than all heights together say. */
  #shift(elements: RowElements): number {
    const { start, end } = this.#range;
    const at = viewportTop(elements);
    const top = this.#heights.top(start);
    if (at >= this.#above || start === 0) return this.#above - top;
    // Inside of the space above, which may be higher or lower than the rows it stands for.
    return end === 0 || this.#above === 0 ? 0 : at - (at / this.#above) * top;
  }

  #space(list: HTMLElement): void {
    const { start, end } = this.#range;
    if (start === 0) this.#above = 0;
    const below = this.#heights.top(this.#heights.count) - this.#heights.top(end);
    setHeight(list.firstElementChild, this.#above);
    setHeight(list.lastElementChild, below);
  }

  #set(range: RowRange, list: HTMLElement): void {
    this.#range = range;
    this.#isPending = true;
    const { activeElement } = list.ownerDocument;
    const row = list.contains(activeElement) ? activeElement?.closest<HTMLElement>("[data-row-id]") : null;
    this.#focused = row?.dataset["rowId"] ?? null;
    for (const listener of this.#listeners) listener();
  }
}

function rowsIn(list: HTMLElement): [id: string, row: HTMLElement][] {
  const rows: [string, HTMLElement][] = [];
  for (const child of list.children) {
    if (!(child instanceof HTMLElement)) continue;
    const { rowId, away } = child.dataset;
    if (rowId !== undefined && away === undefined) rows.push([rowId, child]);
  }
  return rows;
}

/** A row also has the date above a message, which goes when an earlier message of that day comes. */
function messageIn(row: HTMLElement): HTMLElement {
  return row.querySelector<HTMLElement>("[data-message-id]") ?? row;
}

function sameRange(one: RowRange, other: RowRange): boolean {
  return one.start === other.start && one.end === other.end;
}

/** Distance of the viewport's upper edge from that of the list. */
function viewportTop({ scroller, list }: RowElements): number {
  return scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
}

function setHeight(space: Element | null, height: number): void {
  if (space instanceof HTMLElement) space.style.blockSize = `${height}px`;
}
