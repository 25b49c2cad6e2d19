/** The `webchat` part of a configuration file, as the first builders of this chat named it. */
export interface WebchatSettings {
  /** Default `true`. */
  readonly enabled: boolean;
  /** Default 18788: whoever writes the section down wants an address that stays. 0 for a free port. */
  readonly port: number;
  /** The gateway's port on this machine. Default 18789. */
  readonly gatewayPort: number;
}

/** What a configuration with a `webchat` section gets where it says nothing. */
export const SETTINGS_DEFAULTS: WebchatSettings = { enabled: true, port: 18_788, gatewayPort: 18_789 };

/** The section cannot be used as it is. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly code = "BAD_SETTINGS";
}

function readPort(value: unknown, name: string, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= 65_535) return value;
  throw new SettingsError(`webchat.${name} must be a port from ${least} to 65535.`);
}

/**
 * Reads `webchat.enabled`, `webchat.port` and `webchat.gatewayPort` from a whole configuration.
 *
 * @returns `null` when it has no `webchat` section
 * @throws {SettingsError}
 */
export function readWebchatSettings(config: unknown): WebchatSettings | null {
  if (typeof config !== "object" || config === null)
    throw new SettingsError("The configuration is no object.");
  if (!("webchat" in config) || config.webchat === undefined) return null;
  const section = config.webchat;
  if (typeof section !== "object" || section === null) throw new SettingsError("webchat must be an object.");
  const { enabled, port, gatewayPort } = section as Record<string, unknown>;
  if (enabled !== undefined && typeof enabled !== "boolean") {
    throw new SettingsError("webchat.enabled must be true or false.");
  }
  return {
    enabled: enabled ?? SETTINGS_DEFAULTS.enabled,
    port: readPort(port, "port", SETTINGS_DEFAULTS.port, 0),
    gatewayPort: readPort(gatewayPort, "gatewayPort", SETTINGS_DEFAULTS.gatewayPort, 1),
  };
}
