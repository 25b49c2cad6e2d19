import type { Environment, Stop } from "./environment.ts";

/**
 * Watches for silence. A frame only notes the time, because a timer per frame would cost more than the frame.
 */
export class Liveness {
  readonly #environment: Environment;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #lastFrameAt: number;
  #stopTimer: Stop;

  /**
   * @param limitMs silence that means death, milliseconds
   */
  constructor(environment: Environment, limitMs: number, onSilence: () => void) {
    this.#environment = environment;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#lastFrameAt = environment.now();
    this.#stopTimer = environment.after(limitMs, () => this.#check());
  }

  /** Milliseconds since the last frame. */
  get silentMs(): number {
    return this.#environment.now() - this.#lastFrameAt;
  }

  /** A frame came. */
  heard(): void {
    this.#lastFrameAt = this.#environment.now();
  }

  stop(): void {
    this.#stopTimer();
  }

  #check(): void {
    const left = this.#limitMs - this.silentMs;
    if (left <= 0) return this.#onSilence();
    this.#stopTimer = this.#environment.after(left, () => this.#check());
  }
}
