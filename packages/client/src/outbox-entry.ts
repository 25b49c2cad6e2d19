import type { BootIdentity } from "@automna/protocol";

import type { Attachment } from "./attachment.ts";
import type { MessageError } from "./message.ts";

/**
 * Where an own send is.
 *
 * - `queued`: not put on any wire.
 * - `sending`: put on a wire, no acknowledgement seen.
 * - `acked`: the gateway answered, but that is not durable: a crash right after it loses the message.
 * - `unconfirmed`: it is not known whether it was stored, and resending could run it twice: the person decides.
 * - `failed`: the gateway refused it.
 *
 * A send that was found in the gateway's history leaves the outbox.
 */
export type OutboxState = "queued" | "sending" | "acked" | "unconfirmed" | "failed";

/** One own send, as it is kept in durable storage until the gateway's history shows it. */
export interface OutboxEntry {
  /** The idempotency key; also the id of the run that answers. Stable across retries, reconnects and reloads. */
  readonly sendId: string;
  readonly sessionKey: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** The thinking level for this one turn. */
  readonly thinking?: string;
  /** Whether the answer also goes to the session's channel. */
  readonly deliver?: boolean;
  readonly state: OutboxState;
  /** Milliseconds since the epoch, this client's clock. */
  readonly createdAt: number;
  /** Its place among all: greater is later, also within a millisecond and when the clock is set back. */
  readonly place?: number;
  /** How often it was put on a wire. */
  readonly attempts: number;
  /** Which boot of the gateway it was sent to, `null` while it never left. */
  readonly boot: BootIdentity | null;
  /**
   * The newest row of a user in the history before it was first put on a wire, `null` where none was seen: its own row
   * can only be behind that one.
   */
  readonly after?: string | null;
  /** When it was last put on a wire, milliseconds since the epoch; 0 while it never was. */
  readonly sentAt: number;
  /** Its run was seen ending (final, aborted or error): it must never be sent again. */
  readonly runEnded?: boolean;
  /** Only an acknowledgement told of that end: the message may have been put behind a running one. */
  readonly endUnseen?: boolean;
  /** Its run ended at once because it was put behind a running one: the answer comes under another run. */
  readonly queuedBehind?: boolean;
  /** The person wants its run stopped, of which no end was seen: it is sent again only when they ask for it. */
  readonly stopWanted?: boolean;
  readonly error?: MessageError;
}
