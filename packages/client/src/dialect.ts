import type { Call, ChatMessage, HelloOk, ProtocolVersion } from "@automna/protocol";

import type { Capabilities } from "./chat-state.ts";
import { dialectV3 } from "./dialect-v3.ts";
import { dialectV4 } from "./dialect-v4.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import type { OutboxEntry } from "./outbox-entry.ts";

/** Sends a request and gives back the payload of its answer. */
export type Requester = (call: Call) => Promise<unknown>;

/** An own send whose fate the history has to tell: it is in the outbox, or was shown without being stored. */
export interface SoughtSend extends Pick<OutboxEntry, "sendId" | "text" | "after"> {
  /** An earlier connection carried it and nothing is decided about it: its row may lie before the latest page. */
  readonly isCarried: boolean;
}

/** What is asked of the history. */
export interface HistoryRequest {
  readonly sessionKey: string;
  /** Rows per page. */
  readonly limit: number;
  readonly sends: readonly SoughtSend[];
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
  /** @param asked the scopes of the `connect` */
  capabilities(hello: HelloOk, asked: readonly string[] | undefined): Capabilities;
  /** What makes the gateway tell of a session's tools while they run, before the run begins; `null` where it does anyhow. */
  liveTools(sessionKey: string): Call | null;
  /**
   * Requests that make the gateway tell about a session. Their failure is no error.
   *
   * @param withApprovals also what becomes of its approvals
   */
  subscriptions(sessionKey: string, withApprovals: boolean): readonly Call[];
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
