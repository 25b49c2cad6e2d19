/** What a row that was never in the document is taken for, until others have been measured. In CSS pixels, like all here. */
const FIRST_GUESS_PX = 96;

/** Heights of a thread's rows, measured where they have been in the document and guessed elsewhere. */
export class RowHeights {
  #ids: readonly string[] = [];
  #guess: number | null = null;
  readonly #measured = new Map<string, number>();
  /** Distances from the first row, as far as they are known. */
  #tops: number[] = [0];

  get count(): number {
    return this.#ids.length;
  }

  /** The rows are others now. Heights stay with their ids. */
  setIds(ids: readonly string[]): void {
    if (ids === this.#ids) return;
    this.#ids = ids;
    this.#tops = [0];
  }

  /** Takes what was measured. The first rows also tell how high to guess the others. */
  measured(heights: ReadonlyMap<string, number>): void {
    let first = this.#tops.length;
    for (const [id, height] of heights) {
      if (this.#measured.get(id) === height) continue;
      this.#measured.set(id, height);
      first = Math.min(first, this.#ids.lastIndexOf(id));
    }
    this.#tops.length = Math.max(1, Math.min(this.#tops.length, first + 1));
    if (this.#guess !== null || heights.size === 0) return;
    this.#guess = [...heights.values()].reduce((sum, height) => sum + height, 0) / heights.size;
    this.#tops.length = 1;
  }

  /** Distance from the first row to the one at `index`; of an index past the end, the height of all. */
  top(index: number): number {
    const wanted = Math.min(Math.max(index, 0), this.#ids.length);
    for (let at = this.#tops.length; at <= wanted; at += 1)
      this.#tops.push((this.#tops[at - 1] ?? 0) + this.#height(at - 1));
    return this.#tops[wanted] ?? 0;
  }

  /** The row at a distance from the first one; the nearest one for distances outside. */
  indexAt(distance: number): number {
    this.top(this.#ids.length);
    let [low, high] = [0, Math.max(0, this.#ids.length - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#tops[middle] ?? 0) <= distance) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #height(index: number): number {
    return this.#measured.get(this.#ids[index] ?? "") ?? this.#guess ?? FIRST_GUESS_PX;
  }
}
