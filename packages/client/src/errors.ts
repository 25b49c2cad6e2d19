import type { GatewayErrorShape } from "@automna/protocol";

/**
 * The connection went away, or was never there, while a request needed it. Where `mayHaveArrived` is `true` the gateway may
 * have done what it was asked for: look before you ask again.
 *
 * @example
 * ```ts
 * import { ConnectionLostError } from "@automna/client";
 *
 * await chat.actions.renameSession("agent:main:trip", "Rome").catch((error: unknown) => {
 *   if (!(error instanceof ConnectionLostError)) throw error;
 *   show(error.mayHaveArrived ? "It may have been renamed." : "There is no connection.");
 * });
 * ```
 */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
  readonly code = "CONNECTION_LOST";
  /** `false`: it was never put on the wire, so sending it again is safe. */
  readonly mayHaveArrived: boolean;

  constructor(method: string, mayHaveArrived: boolean) {
    super(
      mayHaveArrived
        ? `The connection closed before "${method}" was answered. Reload the state before you repeat it.`
        : `"${method}" needs a connection to the gateway. Wait until the connection is ready.`,
    );
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * The gateway did not answer within `timeoutMs` milliseconds, over a connection that is still open. It may answer yet, and
 * may have done what it was asked for.
 *
 * @example
 * ```ts
 * import { RequestTimeoutError } from "@automna/client";
 *
 * const late = new RequestTimeoutError("models.list", 30_000);
 * late.message; // 'The gateway did not answer "models.list" within 30 s. Try again.'
 * ```
 */
export class RequestTimeoutError extends Error {
  override readonly name = "RequestTimeoutError";
  readonly code = "REQUEST_TIMEOUT";
  readonly timeoutMs: number;

  constructor(method: string, timeoutMs: number) {
    super(`The gateway did not answer "${method}" within ${timeoutMs / 1000} s. Try again.`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * The gateway answered with an error. `code` is the gateway's own and `shape` all that it said: `adviseOnRequestError` of
 * `@automna/protocol` tells what to do about it.
 *
 * @example
 * ```ts
 * import { GatewayRequestError } from "@automna/client";
 * import { adviceSentence, adviseOnRequestError } from "@automna/protocol";
 *
 * await chat.actions.setModel("openai/gpt-5").catch((error: unknown) => {
 *   if (!(error instanceof GatewayRequestError)) throw error;
 *   show(adviceSentence(adviseOnRequestError(error.shape)));
 * });
 * ```
 */
export class GatewayRequestError extends Error {
  override readonly name = "GatewayRequestError";
  readonly code: string;
  readonly shape: GatewayErrorShape;

  constructor(method: string, shape: GatewayErrorShape) {
    super(`The gateway refused "${method}": ${shape.message}`, { cause: shape });
    this.code = shape.code;
    this.shape = shape;
  }
}

/**
 * Too many messages wait for the gateway already. Nothing was sent, so the text belongs back into the composer.
 *
 * @example
 * ```ts
 * import { OutboxFullError } from "@automna/client";
 *
 * try {
 *   chat.actions.send(text);
 * } catch (error) {
 *   if (error instanceof OutboxFullError) show(error.message, text);
 *   else throw error;
 * }
 * ```
 */
export class OutboxFullError extends Error {
  override readonly name = "OutboxFullError";
  readonly code = "OUTBOX_FULL";

  constructor(limit: number) {
    super(`${limit} messages wait for the gateway already. Discard some, or wait until the gateway is back.`);
  }
}

/**
 * The message of anything that was thrown, also of what is no `Error`.
 *
 * @example
 * ```ts
 * import { errorMessage } from "@automna/client";
 *
 * errorMessage(new Error("The disk is full.")); // "The disk is full."
 * errorMessage("stopped"); // "stopped"
 * ```
 */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
