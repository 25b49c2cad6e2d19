/** Why there is no embedded database. */
type EmbeddedPostgresErrorCode = "no-binaries" | "root" | "init-failed" | "start-failed" | "locked";

/** The embedded database cannot be had; the message says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
  readonly code: EmbeddedPostgresErrorCode;
  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
