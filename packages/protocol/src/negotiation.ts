import { isRecord, type GatewayErrorShape } from "./frames.ts";

/** The protocol versions that this package speaks: 3 (Clawdbot) and 4 (OpenClaw). */
export type ProtocolVersion = 3 | 4;

/** Lowest and highest version; both gateways accept exactly this range. */
export const PROTOCOL_RANGE = { min: 3, max: 4 } as const satisfies {
  min: ProtocolVersion;
  max: ProtocolVersion;
};

/**
 * Whether a version number is one of ours, as a type guard.
 *
 * @example
 * ```ts
 * import { isSupportedProtocol, questionList } from "@automna/protocol";
 *
 * const announced: number = 4;
 * const call = isSupportedProtocol(announced) ? questionList(announced) : null;
 * call?.method; // "question.list"
 * ```
 */
export function isSupportedProtocol(version: number): version is ProtocolVersion {
  return version === 3 || version === 4;
}

/** A refused version range: what the gateway wants, when it said so. */
export type ProtocolMismatch = {
  expectedProtocol?: number;
  /** True when this package speaks the wanted version and one retry with exactly that version can succeed. */
  canSpeakExpected: boolean;
};

/**
 * Reads a `protocol mismatch` refusal; `null` for any other error. Without `expectedProtocol` the gateway did not say what
 * it wants, and no other version is worth a try.
 *
 * @example
 * ```ts
 * import { readProtocolMismatch } from "@automna/protocol";
 *
 * const details = { code: "PROTOCOL_MISMATCH", expectedProtocol: 5 };
 * readProtocolMismatch({ code: "INVALID_REQUEST", message: "protocol mismatch", details });
 * // { expectedProtocol: 5, canSpeakExpected: false }
 * ```
 */
export function readProtocolMismatch(error: GatewayErrorShape): ProtocolMismatch | null {
  const details = isRecord(error.details) ? error.details : {};
  if (details["code"] !== "PROTOCOL_MISMATCH" && !/^protocol mismatch/i.test(error.message)) return null;
  const expected = details["expectedProtocol"];
  if (typeof expected !== "number") return { canSpeakExpected: false };
  return { expectedProtocol: expected, canSpeakExpected: isSupportedProtocol(expected) };
}

/**
 * The version that a challenge hints at: only version 4 lists capabilities in it. A hint, never proof: hello-ok
 * decides.
 *
 * @example
 * ```ts
 * import { hintProtocol } from "@automna/protocol";
 *
 * hintProtocol({ capabilities: ["model-catalog-snapshot"] }); // 4
 * hintProtocol({}); // 3
 * ```
 */
export function hintProtocol(challenge: { capabilities?: readonly string[] }): ProtocolVersion {
  return challenge.capabilities === undefined ? 3 : 4;
}
