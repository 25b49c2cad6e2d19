/** Something that can be held in {@link OpenExchanges}. */
export interface Slotted {
  /** Its place in the collection; belongs to the collection. */
  slot: number;
}

/** What is open at a moment. An array, because a `Set` that gains and loses a member per request is mostly garbage. */
export class OpenExchanges<T extends Slotted> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    member.slot = this.#members.length;
    this.#members.push(member);
  }

  delete(member: T): void {
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[member.slot] = last;
    last.slot = member.slot;
  }

  snapshot(): readonly T[] {
    return [...this.#members];
  }
}
