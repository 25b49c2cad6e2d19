import { adviceSentence } from "@automna/protocol";

import type { ConnectionState, WaitReason } from "./connection-state.ts";

function reasonSentence({ code, detail }: WaitReason): string {
  switch (code) {
    case "provider-failed":
      return "The address or the token of the gateway could not be fetched. Trying again.";
    case "part-missing":
      return "A part of this page could not be loaded. Trying again.";
    case "client-failed":
      return ["This page could not connect. Trying again.", detail].join(" ").trim();
    default:
      return adviceSentence({ code, ...(detail !== undefined && { detail }) });
  }
}

/**
 * A sentence for the person about a connection that waits, wants approval or gave up; `""` while there is nothing to say.
 * English; a page with words of its own translates by the code and does not load these.
 *
 * @example
 * ```ts
 * import { connectionSentence } from "@automna/client";
 *
 * connectionSentence({ status: "waiting", attempt: 1, retryAt: 0, reason: { code: "gateway-stopped" } });
 * // "The gateway was stopped. Connecting as soon as it runs again."
 * ```
 */
export function connectionSentence(state: ConnectionState): string {
  switch (state.status) {
    case "waiting":
      return reasonSentence(state.reason);
    case "pairing":
      return reasonSentence({ code: "pairing-required" });
    case "failed":
      return adviceSentence(state.advice);
    default:
      return "";
  }
}
