import type { Projection, ProjectionEvent } from "./projection-state.ts";
import { reduceProjection } from "./projection.ts";

const KEPT_MAX = 8;

/** The conversations that were open last: opened again, they are there at once, also without a connection. */
export class KeptSessions {
  /** By session, the one that was left last at the end. */
  readonly #projections = new Map<string, Projection>();

  /** A session is left. */
  keep(sessionKey: string, projection: Projection): void {
    if (projection.rows === null) return;
    this.#projections.set(sessionKey, projection);
    const [oldest] = this.#projections.keys();
    if (this.#projections.size > KEPT_MAX && oldest !== undefined) this.#projections.delete(oldest);
  }

  /** A session is opened again. */
  take(sessionKey: string): Projection | undefined {
    const projection = this.#projections.get(sessionKey);
    this.#projections.delete(sessionKey);
    return projection;
  }

  /** Something became of an own message while the session is not open. */
  tell(sessionKey: string, event: ProjectionEvent): void {
    const projection = this.#projections.get(sessionKey);
    if (projection !== undefined) this.#projections.set(sessionKey, reduceProjection(projection, event));
  }

  /** What was there is not there any more. */
  forget(sessionKey: string): void {
    this.#projections.delete(sessionKey);
  }
}
