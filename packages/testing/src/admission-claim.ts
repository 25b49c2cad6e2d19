import type { Device } from "./core.ts";
import type { WireError } from "./gateway-error.ts";
import type { JsonObject } from "./json.ts";
import type { Peer } from "./options.ts";

export type Admitted = {
  scopes: string[];
  device: Device | undefined;
  method: "token" | "password" | "trusted-proxy" | "device-token";
  profileId: string;
};
export type Refused = { error: WireError; code: number; reason: string };

/** Version 4: clients that are pages. */
export const BROWSER_IDS = new Set(["webchat", "webchat-ui", "openclaw-control-ui"]);

/** What a client says about itself, and where it comes from. */
export type Claim = {
  peer: Peer;
  clientId: string;
  mode: string;
  platform: string;
  deviceFamily: string;
  role: string;
  asked: string[];
  auth: JsonObject;
  device: JsonObject | undefined;
  local: boolean;
  origin: string | undefined;
  nonce: string;
};

export function refuse(
  message: string,
  details?: JsonObject,
  error: Partial<WireError> = {},
  code = 1008,
): Refused {
  return {
    error: { code: "INVALID_REQUEST", message, ...(details ? { details } : {}), ...error },
    code,
    reason: message,
  };
}
