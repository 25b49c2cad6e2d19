import type { ProtocolVersion } from "./options.ts";
import { anything, closed, integer, listOf, oneOf, text, word } from "./param-shapes.ts";
import type { Shape } from "./param-shapes.ts";

const CLIENT_IDS = {
  3: [
    "webchat-ui",
    "clawdbot-control-ui",
    "webchat",
    "cli",
    "gateway-client",
    "clawdbot-macos",
    "clawdbot-ios",
    "clawdbot-android",
    "node-host",
    "test",
    "fingerprint",
    "clawdbot-probe",
  ],
  4: [
    "webchat-ui",
    "openclaw-control-ui",
    "openclaw-browser-copilot",
    "openclaw-tui",
    "webchat",
    "cli",
    "gateway-client",
    "openclaw-macos",
    "openclaw-linux",
    "openclaw-ios",
    "openclaw-watchos",
    "openclaw-android",
    "node-host",
    "openclaw-worker",
    "test",
    "fingerprint",
    "openclaw-probe",
  ],
};
const MODES = {
  3: ["webchat", "cli", "ui", "backend", "node", "probe", "test"],
  4: ["webchat", "cli", "ui", "backend", "node", "worker", "probe", "test"],
};

/** `connect` params of each version. */
export function connectShape(version: ProtocolVersion): Shape {
  const four = version === 4;
  const client = closed(
    {
      id: oneOf(...CLIENT_IDS[version]),
      displayName: word,
      version: word,
      ...(four ? { buildId: word, timeZone: word } : {}),
      platform: word,
      deviceFamily: word,
      modelIdentifier: word,
      mode: oneOf(...MODES[version]),
      instanceId: word,
    },
    ["id", "version", "platform", "mode"],
  );
  const device = closed({ id: word, publicKey: word, signature: word, signedAt: integer(0), nonce: word }, [
    "id",
    "publicKey",
    "signature",
    "signedAt",
    ...(four ? ["nonce"] : []),
  ]);
  const auth = closed({
    token: text,
    password: text,
    ...(four
      ? {
          bootstrapToken: text,
          deviceToken: text,
          approvalRuntimeToken: text,
          agentRuntimeIdentityToken: text,
        }
      : {}),
  });
  return closed(
    {
      minProtocol: integer(1),
      maxProtocol: integer(1),
      client,
      caps: listOf(word),
      commands: listOf(word),
      permissions: anything,
      pathEnv: text,
      role: word,
      scopes: listOf(word),
      device,
      auth,
      locale: text,
      userAgent: text,
      ...(four ? { computerUse: anything, workerRuns: anything } : {}),
    },
    ["minProtocol", "maxProtocol", "client"],
  );
}

/** A request frame after the handshake. */
export function requestShape(version: ProtocolVersion): Shape {
  const fields = { type: oneOf("req"), id: word, method: word, params: anything };
  return closed(version === 4 ? { ...fields, traceparent: text, expectedProfileId: text } : fields, [
    "type",
    "id",
    "method",
  ]);
}
