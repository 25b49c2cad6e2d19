import type { AdviceCode, ConnectAdvice, HelloOk } from "@automna/protocol";

/**
 * Why the client waits before the next attempt. {@link connectionSentence} puts it into words.
 *
 * `provider-failed`: the address or the token could not be fetched. `part-missing`: a part of this package could not be
 * loaded. `client-failed`: something else failed on this side, before the gateway was asked.
 */
export interface WaitReason {
  /** Stable, for programs and translations. */
  readonly code: AdviceCode | "provider-failed" | "part-missing" | "client-failed";
  /** The gateway's own words, where no code says more; what failed, where that was on this side. */
  readonly detail?: string;
}

/**
 * What the connection is doing. Exactly one of these is true at any time.
 *
 * - `waiting` and `pairing` go on by themselves at `retryAt` (milliseconds since the epoch), or at once on
 *   `reconnect()`.
 * - `failed` waits for the person or for new credentials: it never retries by itself, because a gateway locks out
 *   whoever repeats a wrong token.
 */
export type ConnectionState =
  | { readonly status: "idle" }
  | { readonly status: "connecting"; readonly attempt: number }
  | { readonly status: "authenticating"; readonly attempt: number }
  | { readonly status: "ready"; readonly hello: HelloOk; readonly since: number }
  | {
      readonly status: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly reason: WaitReason;
    }
  | {
      readonly status: "pairing";
      readonly requestId: string | null;
      readonly retryAt: number;
    }
  | { readonly status: "failed"; readonly advice: ConnectAdvice }
  | { readonly status: "closed" };

/** A short word for each state, for logs and tests. */
export type ConnectionStatus = ConnectionState["status"];

/** A connection that is ready is still on its way for everybody while the chat over it is not. */
export function shownState(state: ConnectionState): ConnectionState {
  return state.status === "ready" ? { status: "authenticating", attempt: 1 } : state;
}
