export type GatewayConfigErrorCode =
  | "auth-unsupported"
  | "pairing-unsupported"
  | "unwritable-value"
  | "write-failed";

/** Settings that this gateway cannot have, or a configuration file that could not be written. */
export class GatewayConfigError extends Error {
  override readonly name = "GatewayConfigError";
  readonly code: GatewayConfigErrorCode;

  constructor(code: GatewayConfigErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
