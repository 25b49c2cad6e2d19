import { CredentialError } from "./credentials.ts";
import { DriverError } from "./drivers/driver.ts";
import { GatewayConfigError } from "./gateway-config.ts";
import type { InstanceFailure, ProbeResult } from "./instance.ts";

export function endsByItself(starts: number): InstanceFailure {
  return {
    code: "crash-loop",
    message: `The gateway was started ${starts} times and ended by itself each time. Its log says why.`,
  };
}

export function refusal(proof: Extract<ProbeResult, { status: "refused" }>): InstanceFailure {
  return {
    code: "refused",
    message: `The gateway runs and refuses our own credentials (${proof.code}: ${proof.message}). Rotate its token.`,
  };
}

export function lateness(proof: ProbeResult | null): InstanceFailure {
  const reason = proof?.status === "unreachable" ? ` (${proof.reason})` : "";
  return {
    code: "start-timeout",
    message: `The gateway was started and did not answer in time${reason}. Its log says what it is doing.`,
  };
}

/** What an error says of an instance, as its owner may read it; `null` when it says nothing of one. */
export function knownFailureOf(error: unknown): InstanceFailure | null {
  if (error instanceof GatewayConfigError) return { code: "config-invalid", message: error.message };
  if (error instanceof CredentialError) return { code: "driver-failed", message: error.message };
  if (!(error instanceof DriverError)) return null;
  return { code: error.code === "gateway-missing" ? error.code : "driver-failed", message: error.message };
}

const UNEXPECTED: InstanceFailure = {
  code: "driver-failed",
  message:
    "The server could not do what was asked with the gateway, for a reason that only its log names. Try again, or ask the operator.",
};

/**
 * An error as the owner of an instance may read it.
 *
 * @param report Told of one that was written for nobody, and may hold anything.
 */
export function failureOf(error: unknown, report?: (error: unknown) => void): InstanceFailure {
  const known = knownFailureOf(error);
  if (known !== null) return known;
  report?.(error);
  return UNEXPECTED;
}
