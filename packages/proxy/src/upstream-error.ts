import type { FailureCode } from "./failure.ts";

type UpstreamFailure = Extract<
  FailureCode,
  | "upstream-refused"
  | "upstream-reset"
  | "upstream-invalid"
  | "connect-timeout"
  | "first-byte-timeout"
  | "internal-error"
>;

const BY_CODE: Readonly<Record<string, UpstreamFailure>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect-timeout",
  ETIMEDOUT: "connect-timeout",
  UND_ERR_HEADERS_TIMEOUT: "first-byte-timeout",
  UND_ERR_HEADERS_OVERFLOW: "upstream-invalid",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "upstream-invalid",
  UND_ERR_INVALID_ARG: "internal-error",
  UND_ERR_NOT_SUPPORTED: "internal-error",
  ERR_INVALID_CHAR: "upstream-invalid",
  ERR_HTTP_INVALID_STATUS_CODE: "upstream-invalid",
  ERR_INVALID_HTTP_TOKEN: "upstream-invalid",
};

/** What an error of undici, of `node:http` or of a socket says about the upstream. `connected`: it came after that. */
export function classifyUpstreamError(error: unknown, connected: boolean): UpstreamFailure {
  const { code, message, name } = describe(error);
  const known = BY_CODE[code];
  if (known) return known;
  if (code.startsWith("HPE_") || name === "HTTPParserError") return "upstream-invalid";
  if (code === "UND_ERR_SOCKET" && /^bad (?:response|upgrade)$/.test(message)) return "upstream-invalid";
  return connected ? "upstream-reset" : "upstream-refused";
}

/** `true` if the connection broke before any answer, so that an idempotent request may be sent again. */
export function isConnectionLoss(error: unknown): boolean {
  const { code, message } = describe(error);
  if (code === "UND_ERR_SOCKET") return !message.startsWith("bad ");
  return code === "ECONNRESET" || code === "EPIPE";
}

function describe(error: unknown): { code: string; message: string; name: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error), name: "" };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: error.message, name: error.name };
}
