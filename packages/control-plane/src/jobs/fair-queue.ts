/** Whose turn it is: owners take turns, and each owner's things come in the order in which they were added. */
export class FairQueue {
  readonly #byOwner = new Map<string, string[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a thing unless it already waits. */
  add(owner: string, item: string): void {
    const waiting = this.#byOwner.get(owner);
    if (waiting?.includes(item)) return;
    if (waiting) waiting.push(item);
    else this.#byOwner.set(owner, [item]);
    this.#size += 1;
  }

  /** The next thing; its owner's other things wait until everybody else had a turn. */
  next(): string | undefined {
    for (const [owner, waiting] of this.#byOwner) {
      const item = waiting.shift();
      this.#byOwner.delete(owner);
      if (waiting.length > 0) this.#byOwner.set(owner, waiting);
      if (item === undefined) continue;
      this.#size -= 1;
      return item;
    }
    return undefined;
  }
}
