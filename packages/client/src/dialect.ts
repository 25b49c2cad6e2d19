import type { Call, ChatMessage, HelloOk, ProtocolVersion } from "@automna/protocol";

import type { Capabilities } from "./chat-state.ts";
import { dialectV3 } from "./dialect-v3.ts";
import { dialectV4 } from "./dialect-v4.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";

/** Sends a request and gives back the payload of its answer. */
export type Requester = (call: Call) => Promise<unknown>;

/** What is asked of the history. */
export interface HistoryRequest {
  readonly sessionKey: string;
  /** Rows per page. */
  readonly limit: number;
  /** Sends whose fate has to be told: what is in the outbox, and what was shown without being stored. */
  readonly sendIds: readonly string[];
  /** Of those, the ones that an earlier connection carried: their rows may lie before the latest page. */
  readonly sought: readonly string[];
}

/** What is asked of an older page. */
interface OlderRequest extends HistoryRequest {
  /** How many rows are here already. */
  readonly loaded: number;
  /** Where the page begins, as the gateway counts from the end. */
  readonly from: number;
}

/**
 * What differs between the two gateway products. Chosen once, at hello-ok; everything above it is shared.
 */
export interface GatewayDialect {
  readonly protocol: ProtocolVersion;
  /** After a crash the gateway goes on by itself with the runs that it interrupted. */
  readonly resumesRuns: boolean;
  /** Commands and aborted first turns leave a row, too: a send without one was lost. */
  readonly storesEverySend: boolean;
  /** How long a key that is not in the history may be sent again without running twice, milliseconds. */
  readonly dedupeMs: number;
  capabilities(hello: HelloOk): Capabilities;
  /** Requests that make the gateway tell about a session, or about all sessions. Their failure is no error. */
  subscriptions(sessionKey: string): readonly Call[];
  unsubscriptions(sessionKey: string): readonly Call[];
  /** The latest page, with everything needed to settle the outbox. */
  history(request: Requester, query: HistoryRequest): Promise<HistorySnapshot>;
  /** The page before what is here. */
  older(request: Requester, query: OlderRequest): Promise<HistorySnapshot>;
  /** The whole of a shortened row, or `null` where rows are never shortened. */
  fullRow(request: Requester, sessionKey: string, rowId: string): Promise<ChatMessage | null>;
}

/** The dialect of a protocol version. */
export function dialectOf(protocol: ProtocolVersion): GatewayDialect {
  return protocol === 3 ? dialectV3 : dialectV4;
}
