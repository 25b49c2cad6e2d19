import type { Environment, Stop } from "./environment.ts";
import { GatewayRequestError } from "./errors.ts";
import { NoLongerWaitingError } from "./refusals.ts";

/** Something that waits for a person, for some time. Times by this client's clock. */
interface Waiting {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly state: "pending" | "resolving";
}

/** The longest time that a timer of a browser can count, milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What gateways say of something that waits no more: reasons of version 4, words of both. */
const OVER = /(APPROVAL|QUESTION)_(NOT_FOUND|ALREADY_\w+)|unknown (or expired )?approval id/;

function isOver(error: unknown): boolean {
  if (!(error instanceof GatewayRequestError)) return false;
  const { message, details } = error.shape;
  return OVER.test(`${message} ${JSON.stringify(details)}`);
}

/** What waits for a person: told one by one, listed after a gap, and answered. */
export class WaitingList<T extends Waiting> {
  readonly #environment: Environment;
  readonly #read: () => readonly T[];
  readonly #show: (items: readonly T[]) => void;
  /** For each list that is on its way: what has come and gone since it was asked for. */
  readonly #onTheirWay = new Set<Map<string, "came" | "went">>();
  #stopTimer: Stop = () => {};
  /** What is still on its way ends after that; no timer is to outlive it. */
  #isStopped = false;

  constructor(environment: Environment, read: () => readonly T[], show: (items: readonly T[]) => void) {
    this.#environment = environment;
    this.#read = read;
    this.#show = show;
  }

  add(item: T): void {
    this.#isStopped = false;
    for (const news of this.#onTheirWay) news.set(item.id, "came");
    if (this.#find(item.id) === undefined) this.#put([...this.#read(), item]);
  }

  remove(id: string): void {
    for (const news of this.#onTheirWay) news.set(id, "went");
    this.#put(this.#read().filter((item) => item.id !== id));
  }

  /**
   * Believes a list about everything that it could name. One that does not come says nothing: what is not known to be over
   * still waits.
   */
  async refresh(load: () => Promise<readonly T[] | null>, isOfList: (item: T) => boolean): Promise<void> {
    const news: Map<string, "came" | "went"> = new Map();
    this.#isStopped = false;
    this.#onTheirWay.add(news);
    const listed = await load().catch(() => null);
    this.#onTheirWay.delete(news);
    const present = this.#read();
    if (listed === null) return this.#put(present);
    const ids = new Set(listed.map(({ id }) => id));
    const left = present.filter((item) => !isOfList(item) || ids.has(item.id) || news.has(item.id));
    this.#put([...left, ...listed.filter(({ id }) => !news.has(id) && this.#find(id) === undefined)]);
  }

  /** Answers one. It leaves the list when the gateway has taken the answer, or waits for none any more. */
  async answer(id: string, send: (item: T) => Promise<unknown>): Promise<void> {
    const item = this.#find(id);
    if (item?.state !== "pending") return;
    this.#mark(id, "resolving");
    try {
      await send(item);
    } catch (error) {
      if (isOver(error)) {
        this.remove(id);
        throw new NoLongerWaitingError(error);
      }
      // It may have gone meanwhile; then nothing brings it back.
      this.#mark(id, "pending");
      throw error;
    }
    this.remove(id);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  #find(id: string): T | undefined {
    return this.#read().find((item) => item.id === id);
  }

  #mark(id: string, state: T["state"]): void {
    this.#put(this.#read().map((item) => (item.id === id ? { ...item, state } : item)));
  }

  /** Shows what has not expired, oldest first, until the next one does. */
  #put(items: readonly T[]): void {
    this.#stopTimer();
    const now = this.#environment.now();
    const current = items
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
      .toSorted((a, b) => a.createdAt - b.createdAt);
    const next = Math.min(...current.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY));
    const isTimed = Number.isFinite(next) && !this.#isStopped;
    this.#stopTimer = isTimed
      ? this.#environment.after(Math.min(next - now, LONGEST_TIMER_MS), () => this.#put(this.#read()))
      : () => {};
    this.#show(current);
  }
}
