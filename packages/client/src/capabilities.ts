import { listsMethod, type HelloOk } from "@automna/protocol";

import type { Capabilities } from "./chat-state.ts";

/** Base64 turns three bytes into four characters; the rest is room for the frame around it. */
const FRAME_ROOM = 8_192;

function has(hello: HelloOk, ...scopes: string[]): boolean {
  const granted = hello.auth.scopes;
  // Version 3 tells the scopes only to devices; what was asked for was granted.
  return (
    granted === undefined ||
    granted.includes("operator.admin") ||
    scopes.some((scope) => granted.includes(scope))
  );
}

/** What both versions can do, judged by scopes and methods; the dialect adds the rest. */
export function sharedCapabilities(hello: HelloOk): Capabilities {
  const { protocol, policy } = hello;
  const isFour = protocol === 4;
  return {
    protocol,
    attachments: {
      maxFileBytes: policy.attachments.maxBytes,
      maxImageBytes: policy.attachments.maxImageBytes,
      maxTotalChars: Math.max(0, policy.maxPayload - FRAME_ROOM),
      acceptsFiles: isFour,
    },
    canAbort: has(hello, "operator.write"),
    canReset: has(hello, "operator.admin"),
    canDelete: has(hello, "operator.admin"),
    canCreateSession: has(hello, "operator.write"),
    canPatchModel: isFour
      ? has(hello, "operator.write")
      : hello.auth.scopes?.includes("operator.admin") === true,
    canApprove:
      hello.auth.scopes?.some((scope) => scope === "operator.approvals" || scope === "operator.admin") ===
      true,
    canAnswer:
      isFour &&
      hello.auth.scopes?.some((scope) => scope === "operator.questions" || scope === "operator.admin") ===
        true,
    hasLiveSessionList: isFour && listsMethod(hello, "sessions.subscribe"),
    hasLiveTools: isFour,
    hasSlashCommands: isFour && listsMethod(hello, "commands.list"),
    hasArtifacts: isFour && listsMethod(hello, "artifacts.download"),
  };
}
