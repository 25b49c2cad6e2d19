/** One thing at a time for each key. */
export class Turns {
  readonly #queues = new Map<string, Promise<unknown>>();

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#queues.get(key) ?? Promise.resolve()).then(work, work);
    this.#queues.set(key, turn);
    const forget = () => {
      if (this.#queues.get(key) === turn) this.#queues.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  }
}
