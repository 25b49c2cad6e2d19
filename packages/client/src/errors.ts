import type { GatewayErrorShape } from "@automna/protocol";

/** The connection went away, or was never there, while a request needed it. The request may or may not have arrived. */
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

/** The gateway did not answer in time, over a connection that is still open. */
export class RequestTimeoutError extends Error {
  override readonly name = "RequestTimeoutError";
  readonly code = "REQUEST_TIMEOUT";
  readonly timeoutMs: number;

  constructor(method: string, timeoutMs: number) {
    super(`The gateway did not answer "${method}" within ${timeoutMs / 1000} s. Try again.`);
    this.timeoutMs = timeoutMs;
  }
}

/** The gateway answered with an error. */
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

/** Too many messages wait for the gateway already. Nothing was sent. */
export class OutboxFullError extends Error {
  override readonly name = "OutboxFullError";
  readonly code = "OUTBOX_FULL";

  constructor(limit: number) {
    super(`${limit} messages wait for the gateway already. Discard some, or wait until the gateway is back.`);
  }
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
