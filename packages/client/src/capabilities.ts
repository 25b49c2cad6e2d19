import { CHAT_SCOPES, listsMethod, type HelloOk } from "@automna/protocol";

import type { Capabilities } from "./chat-state.ts";

/** Base64 turns three bytes into four characters; the rest is room for the frame around it. */
const FRAME_ROOM = 8_192;

/**
 * What both versions can do, judged by scopes and methods; the dialect adds the rest.
 *
 * @param asked the scopes of the `connect`
 */
export function sharedCapabilities(hello: HelloOk, asked: readonly string[] = CHAT_SCOPES): Capabilities {
  const { protocol, policy } = hello;
  const isFour = protocol === 4;
  // Version 3 tells the scopes only to devices; what was asked for was granted.
  const granted = hello.auth.scopes ?? asked;
  const isAdmin = granted.includes("operator.admin");
  const has = (scope: string) => isAdmin || granted.includes(scope);
  const canWrite = has("operator.write");
  const canPatch = isFour ? canWrite : isAdmin;
  return {
    protocol,
    attachments: {
      maxFileBytes: policy.attachments.maxBytes,
      maxImageBytes: policy.attachments.maxImageBytes,
      maxTotalChars: Math.max(0, policy.maxPayload - FRAME_ROOM),
      acceptsFiles: isFour,
    },
    canAbort: canWrite,
    canRename: canPatch,
    canReset: isAdmin,
    canDelete: isAdmin,
    canCreateSession: canWrite,
    canPatchModel: canPatch,
    canApprove: has("operator.approvals"),
    canAnswer: isFour && has("operator.questions"),
    hasLiveSessionList: isFour && listsMethod(hello, "sessions.subscribe"),
    hasLiveTools: isFour || isAdmin,
    hasSlashCommands: isFour && listsMethod(hello, "commands.list"),
    hasArtifacts: isFour && listsMethod(hello, "artifacts.download"),
  };
}
