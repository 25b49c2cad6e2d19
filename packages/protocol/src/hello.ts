import { isSupportedProtocol, type ProtocolVersion } from "./negotiation.ts";
import {
  anything,
  identifier,
  listOf,
  number,
  object,
  optionalFlag,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  type Parsed,
  type Value,
} from "./parsed.ts";
import { DEFAULT_SESSION_DEFAULTS, type SessionDefaults } from "./session-key.ts";

/** The first event of every connection. */
export type ConnectChallenge = {
  nonce: string;
  /** The gateway's clock, milliseconds. */
  ts: number;
  /** Version 4 only. */
  capabilities?: string[];
};

/** Limits that the gateway announces. */
export type GatewayPolicy = {
  /** Largest inbound frame, bytes. A larger one closes the connection with 1009. */
  maxPayload: number;
  /** Bytes that the gateway buffers for a slow reader before it closes with 1008. */
  maxBufferedBytes: number;
  /** Milliseconds between ticks. No frame for twice this time means that the connection is dead. */
  tickIntervalMs: number;
  /** Decoded bytes per attachment. */
  attachments: { maxBytes: number; maxImageBytes: number };
};

/** What hello-ok says, the same for both versions. */
export type HelloOk = {
  protocol: ProtocolVersion;
  server: { version: string; connId: string; bootId?: string; buildId?: string };
  /** Incomplete on both versions: `chat.inject` and `sessions.resolve` work unlisted. */
  features: { methods: string[]; events: string[]; capabilities: string[] };
  policy: GatewayPolicy;
  sessionDefaults: SessionDefaults & { modelConfigured?: boolean };
  /** Milliseconds since the gateway's start. */
  uptimeMs: number;
  auth: { role?: string; scopes?: string[]; deviceToken?: string; issuedAtMs?: number; method?: string };
  /** Version 4: whether new work is accepted. */
  suspension?: string;
  authMode?: string;
  snapshot: { presence: unknown[]; health: unknown; stateVersion?: { presence: number; health: number } };
};

const KIB = 1024;
const MIB = 1024 * KIB;

const POLICY_DEFAULTS: Record<ProtocolVersion, GatewayPolicy> = {
  3: {
    maxPayload: 512 * KIB,
    maxBufferedBytes: 1.5 * MIB,
    tickIntervalMs: 30_000,
    attachments: { maxBytes: 380_000, maxImageBytes: 380_000 },
  },
  4: {
    maxPayload: 25 * MIB,
    maxBufferedBytes: 50 * MIB,
    tickIntervalMs: 30_000,
    attachments: { maxBytes: 19_464_192, maxImageBytes: 6 * MIB },
  },
};

const challengeSchema = object({
  nonce: identifier,
  ts: number,
  capabilities: optionalOf(listOf(text)),
});

const helloSchema = object({
  type: text,
  protocol: number,
  server: object({ version: text, connId: text, bootId: optionalText, buildId: optionalText }),
  features: optionalOf(
    object({
      methods: optionalListOf(text),
      events: optionalListOf(text),
      capabilities: optionalListOf(text),
    }),
  ),
  snapshot: optionalOf(
    object({
      presence: optionalListOf(anything),
      health: anything,
      stateVersion: optionalOf(object({ presence: number, health: number })),
      uptimeMs: optionalNumber,
      sessionDefaults: optionalOf(
        object({
          defaultAgentId: text,
          mainKey: text,
          mainSessionKey: text,
          scope: optionalText,
          modelConfigured: optionalFlag,
        }),
      ),
      suspension: optionalOf(object({ phase: text })),
      authMode: optionalText,
    }),
  ),
  policy: optionalOf(
    object({
      maxPayload: optionalNumber,
      maxBufferedBytes: optionalNumber,
      tickIntervalMs: optionalNumber,
      attachments: optionalOf(object({ maxBytes: optionalNumber, maxImageBytes: optionalNumber })),
    }),
  ),
  auth: optionalOf(
    object({
      role: optionalText,
      scopes: optionalOf(listOf(text)),
      deviceToken: optionalText,
      issuedAtMs: optionalNumber,
      method: optionalText,
    }),
  ),
});

function readPolicy(protocol: ProtocolVersion, policy: Value<typeof helloSchema>["policy"]): GatewayPolicy {
  const defaults = POLICY_DEFAULTS[protocol];
  return { ...defaults, ...policy, attachments: { ...defaults.attachments, ...policy?.attachments } };
}

/**
 * Reads the payload of `connect.challenge`, the first frame of every connection. Not ok without `nonce` and `ts`.
 *
 * @example
 * ```ts
 * import { hintProtocol, parseChallenge } from "@automna/protocol";
 *
 * const parsed = parseChallenge({ nonce: "n1", ts: 1_700_000_000_000, capabilities: ["model-catalog-snapshot"] });
 * if (parsed.ok) hintProtocol(parsed.value); // 4
 * ```
 */
export function parseChallenge(payload: unknown): Parsed<ConnectChallenge> {
  return parseWith(challengeSchema, payload);
}

/**
 * Reads the payload of the answer to `connect`, filling in the limits and session keys that a gateway leaves out.
 * `uptimeMs` is 0 where it does not say. Not ok for a protocol that this package does not speak.
 *
 * @see `HelloOk` of the official schemas
 *
 * @example
 * ```ts
 * import { parseHello } from "@automna/protocol";
 *
 * const server = { version: "2026.9.6", connId: "c1", bootId: "b1" };
 * const parsed = parseHello({ type: "hello-ok", protocol: 4, server });
 * if (parsed.ok) parsed.value.policy.tickIntervalMs; // 30_000
 * parseHello({ type: "hello-ok", protocol: 5, server }); // { ok: false, reason: "protocol 5 is not supported" }
 * ```
 */
export function parseHello(payload: unknown): Parsed<HelloOk> {
  const parsed = parseWith(helloSchema, payload);
  if (!parsed.ok) return parsed;
  const { type, protocol, server, features, snapshot, policy, auth } = parsed.value;
  if (type !== "hello-ok") return { ok: false, reason: `type is ${type}` };
  if (!isSupportedProtocol(protocol)) return { ok: false, reason: `protocol ${protocol} is not supported` };
  return {
    ok: true,
    value: {
      protocol,
      server,
      features: features ?? { methods: [], events: [], capabilities: [] },
      policy: readPolicy(protocol, policy),
      sessionDefaults: snapshot?.sessionDefaults ?? DEFAULT_SESSION_DEFAULTS,
      uptimeMs: snapshot?.uptimeMs ?? 0,
      auth: auth ?? {},
      suspension: snapshot?.suspension?.phase,
      authMode: snapshot?.authMode,
      snapshot: {
        presence: snapshot?.presence ?? [],
        health: snapshot?.health,
        stateVersion: snapshot?.stateVersion,
      },
    },
  };
}
