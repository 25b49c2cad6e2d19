import type { ResponseFrame } from "@automna/protocol";

import type { Environment, Stop } from "./environment.ts";
import { ConnectionLostError, GatewayRequestError, RequestTimeoutError } from "./errors.ts";

interface PendingRequest {
  readonly method: string;
  readonly resolve: (payload: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly stopTimer: Stop;
}

/** The requests that wait for an answer over one connection, by id. */
export class RequestLedger {
  readonly #pending = new Map<string, PendingRequest>();
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Notes a request that goes out now.
   *
   * @param timeoutMs how long to wait for the answer, milliseconds
   * @returns the payload of the first answer
   */
  open(id: string, method: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stopTimer = this.#environment.after(timeoutMs, () => {
        this.#pending.delete(id);
        reject(new RequestTimeoutError(method, timeoutMs));
      });
      this.#pending.set(id, { method, resolve, reject, stopTimer });
    });
  }

  /** Hands an answer to its request. A request can get several answers; only the first counts. */
  settle(frame: ResponseFrame): void {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    this.#pending.delete(frame.id);
    pending.stopTimer();
    if (frame.ok) pending.resolve(frame.payload);
    else pending.reject(new GatewayRequestError(pending.method, frame.error));
  }

  /** Fails everything that waits: the connection is gone. */
  failAll(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { method, reject, stopTimer } of pending) {
      stopTimer();
      reject(new ConnectionLostError(method, true));
    }
  }
}
