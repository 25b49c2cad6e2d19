import type { DeviceProof } from "./device-proof.ts";
import { PROTOCOL_RANGE, type ProtocolVersion } from "./negotiation.ts";

/** The scopes of an operator connection. Chat needs read and write; write implies read. */
export type OperatorScope =
  | "operator.read"
  | "operator.write"
  | "operator.admin"
  | "operator.approvals"
  | "operator.pairing";

/** Read and write: all that a chat needs. Never ask for admin on version 3, whose `config.get` shows every secret. */
export const CHAT_SCOPES: readonly OperatorScope[] = ["operator.read", "operator.write"];

/** What the client can take; version 3 ignores it. `session-scoped-events` limits events to subscribed sessions. */
export type ClientCapability =
  | "tool-events"
  | "session-scoped-events"
  | "approvals"
  | "exec-approvals"
  | "plugin-approvals"
  | (string & {});

/**
 * Client ids that both gateways know. `webchat` is right for browsers; `gateway-client` with mode `backend` for
 * servers (on version 4 it needs no device on loopback, but must send no `Origin`).
 */
export type ClientId = "webchat" | "webchat-ui" | "gateway-client" | "cli" | "test";

/** Modes that both gateways know. */
export type ClientMode = "webchat" | "ui" | "backend" | "cli" | "test";

/** Who connects. `version` and `platform` are free text, but not empty. */
export type ClientInfo = {
  id: ClientId;
  mode: ClientMode;
  version: string;
  platform: string;
  displayName?: string;
  /** Keys the presence row when there is no device. */
  instanceId?: string;
  /** IANA name; sent to version 4 only. */
  timeZone?: string;
};

/** How the connection proves its right. A device token travels as `token`, which both versions accept. */
export type ConnectAuth =
  | { kind: "none" }
  | { kind: "token"; token: string }
  | { kind: "password"; password: string }
  | { kind: "device-token"; token: string };

/** The params of `connect`: only fields that both versions accept, unless the version is known. */
export type ConnectParams = {
  minProtocol: number;
  maxProtocol: number;
  client: {
    id: string;
    mode: string;
    version: string;
    platform: string;
    displayName?: string;
    instanceId?: string;
    timeZone?: string;
  };
  role: string;
  scopes: string[];
  caps: string[];
  auth?: { token?: string; password?: string };
  device?: DeviceProof;
  locale?: string;
  userAgent?: string;
};

/** What {@link buildConnectParams} takes; everything has a default. */
export type ConnectOptions = {
  client?: Partial<ClientInfo>;
  scopes?: readonly (OperatorScope | (string & {}))[];
  caps?: readonly ClientCapability[];
  auth?: ConnectAuth;
  device?: DeviceProof;
  locale?: string;
  userAgent?: string;
  /** Set only when the gateway's version is known; narrows the range to it and allows its own fields. */
  protocol?: ProtocolVersion;
};

const ROLE = "operator";

function authFields(auth: ConnectAuth | undefined): ConnectParams["auth"] {
  switch (auth?.kind) {
    case "token":
    case "device-token":
      return { token: auth.token };
    case "password":
      return { password: auth.password };
    default:
      return undefined;
  }
}

function clientFields(
  client: Partial<ClientInfo>,
  protocol: ProtocolVersion | undefined,
): ConnectParams["client"] {
  return {
    id: client.id ?? "webchat",
    mode: client.mode ?? "webchat",
    version: client.version || "0",
    platform: client.platform || "web",
    ...(client.displayName && { displayName: client.displayName }),
    ...(client.instanceId && { instanceId: client.instanceId }),
    ...(protocol === 4 && client.timeZone && { timeZone: client.timeZone }),
  };
}

/**
 * The params of the one `connect` frame that both versions accept (`minProtocol: 3, maxProtocol: 4`).
 *
 * Scopes are always sent: leaving them out means everything on version 3 and nothing on version 4.
 *
 * @see `ConnectParams` of the official schemas
 *
 * @example
 * ```ts
 * import { buildConnectParams, encodeRequest } from "@automna/protocol";
 *
 * const params = buildConnectParams({ auth: { kind: "token", token } });
 * socket.send(encodeRequest(crypto.randomUUID(), "connect", params));
 * ```
 */
export function buildConnectParams(options: ConnectOptions = {}): ConnectParams {
  const { protocol } = options;
  const auth = authFields(options.auth);
  return {
    minProtocol: protocol ?? PROTOCOL_RANGE.min,
    maxProtocol: protocol ?? PROTOCOL_RANGE.max,
    client: clientFields(options.client ?? {}, protocol),
    role: ROLE,
    scopes: [...(options.scopes ?? CHAT_SCOPES)],
    caps: [...(options.caps ?? ["tool-events"])],
    ...(auth && { auth }),
    ...(options.device && { device: options.device }),
    ...(options.locale && { locale: options.locale }),
    ...(options.userAgent && { userAgent: options.userAgent }),
  };
}
