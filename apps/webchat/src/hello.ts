import { CHAT_SCOPES, type HelloOk } from "@automna/protocol";

import { ASKING_EVENTS } from "./asked-here.ts";
import { passedMethods } from "./scope.ts";

/** What the web chat asks of its gateway: to chat, and to pass on what the agent asks of a person. */
export const WEBCHAT_SCOPES = [...CHAT_SCOPES, "operator.approvals", "operator.questions"] as const;

/** The most that the attachments of one message may weigh, decoded bytes. */
export const ATTACHMENT_BYTES = 6 * 1024 * 1024;
/** The same as base64, with room for a long text and the frame around it. */
export const BODY_BYTES = Math.ceil((ATTACHMENT_BYTES / 3) * 4) + 1024 * 1024;

/**
 * The hello-ok that a page gets: the gateway's version, boot, limits and names of sessions, and nothing of its
 * secrets, its host, or who else is there.
 *
 * @param heardMs how long ago the gateway's own hello-ok came, milliseconds
 */
export function pageHello(
  hello: HelloOk,
  connId: string,
  heardMs: number,
): Readonly<Record<string, unknown>> {
  const { protocol, server, policy, sessionDefaults, uptimeMs } = hello;
  return {
    type: "hello-ok",
    protocol,
    server: {
      version: server.version,
      connId,
      ...(server.bootId !== undefined && { bootId: server.bootId }),
    },
    features: {
      methods: passedMethods(hello),
      events: ["chat", "agent", "session.message", "sessions.changed", "tick", "shutdown", ...ASKING_EVENTS],
      capabilities: [],
    },
    snapshot: {
      presence: [],
      health: {},
      stateVersion: { presence: 0, health: 0 },
      uptimeMs: uptimeMs + heardMs,
      sessionDefaults,
    },
    policy: {
      maxPayload: Math.min(policy.maxPayload, BODY_BYTES),
      maxBufferedBytes: policy.maxBufferedBytes,
      tickIntervalMs: policy.tickIntervalMs,
      attachments: {
        maxBytes: Math.min(policy.attachments.maxBytes, ATTACHMENT_BYTES),
        maxImageBytes: Math.min(policy.attachments.maxImageBytes, ATTACHMENT_BYTES),
      },
    },
    auth: { role: "operator", scopes: grantedScopes(hello) },
  };
}

/** What the page may do: what a chat needs, as far as the gateway granted it to the web chat. */
function grantedScopes({ auth }: HelloOk): string[] {
  const granted = auth.scopes;
  // Version 3 tells the scopes only to devices; what was asked for was granted.
  return WEBCHAT_SCOPES.filter((scope) => granted === undefined || granted.includes(scope));
}
