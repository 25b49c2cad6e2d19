import { createHash, randomBytes } from "node:crypto";

/** A secret with its end, milliseconds since the epoch. */
export interface Issued {
  readonly secret: string;
  readonly expiresAt: number;
}

/** Why a secret is not taken. */
export type Verdict = "valid" | "expired" | "used" | "unknown";

export interface TokenDeskOptions {
  /** How long a token is taken, milliseconds. */
  readonly tokenMs: number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** A new unguessable string. Default: 32 random bytes, base64url. */
  readonly random?: () => string;
}

/** How long a ticket can be swapped, milliseconds. */
export const TICKET_MS = 60_000;
/** A page that was not heard of for this long has to be opened anew, milliseconds. */
export const KEY_IDLE_MS = 12 * 3_600_000;
/** Refusals say "expired" or "used" for this long, then "unknown", milliseconds. */
const REMEMBERED_MS = 3_600_000;
/** Most secrets of one kind; the oldest go first. */
const MOST = 1_000;

interface Entry {
  expiresAt: number;
  used: boolean;
}

/**
 * The three kinds of secrets, none of which outlives the process:
 *
 * - a *ticket* is swapped once, within a minute, for a key. It may travel in an address.
 * - a *key* belongs to a page (or to the owner of the discovery file) and buys tokens, nothing else.
 * - a *token* is carried by every request, and ends by itself after some minutes.
 */
export class TokenDesk {
  /** The key in the discovery file. */
  readonly ownerKey: string;
  readonly #options: Required<TokenDeskOptions>;
  readonly #tickets = new Map<string, Entry>();
  readonly #keys = new Map<string, Entry>();
  readonly #tokens = new Map<string, Entry>();

  constructor({
    tokenMs,
    now = Date.now,
    random = () => randomBytes(32).toString("base64url"),
  }: TokenDeskOptions) {
    this.#options = { tokenMs, now, random };
    this.ownerKey = random();
    this.#keys.set(digest(this.ownerKey), { expiresAt: Number.POSITIVE_INFINITY, used: false });
  }

  issueTicket(): Issued {
    return this.#issue(this.#tickets, TICKET_MS);
  }

  /** Takes a ticket, which is worth nothing afterwards. */
  spendTicket(ticket: string): Verdict {
    const verdict = this.#judge(this.#tickets, ticket);
    const entry = this.#tickets.get(digest(ticket));
    if (verdict === "valid" && entry) entry.used = true;
    return verdict;
  }

  /** A key for a page that came with a ticket. */
  issueKey(): Issued {
    return this.#issue(this.#keys, KEY_IDLE_MS);
  }

  judgeKey(key: string): Verdict {
    return this.#judge(this.#keys, key);
  }

  /** A token for whoever holds a key, or `null`. The key lives on. */
  issueToken(key: string): Issued | null {
    const entry = this.#keys.get(digest(key));
    if (entry === undefined || this.judgeKey(key) !== "valid") return null;
    entry.expiresAt = Math.max(entry.expiresAt, this.#options.now() + KEY_IDLE_MS);
    return this.#issue(this.#tokens, this.#options.tokenMs);
  }

  judgeToken(token: string): Verdict {
    return this.#judge(this.#tokens, token);
  }

  #issue(entries: Map<string, Entry>, ms: number): Issued {
    const now = this.#options.now();
    const owner = digest(this.ownerKey);
    for (const [name, { expiresAt }] of entries) {
      const isTooMany = entries.size >= MOST && name !== owner;
      if (isTooMany || expiresAt + REMEMBERED_MS < now) entries.delete(name);
    }
    const secret = this.#options.random();
    const expiresAt = now + ms;
    entries.set(digest(secret), { expiresAt, used: false });
    return { secret, expiresAt };
  }

  #judge(entries: ReadonlyMap<string, Entry>, secret: string): Verdict {
    const entry = entries.get(digest(secret));
    if (entry === undefined) return "unknown";
    if (entry.used) return "used";
    return this.#options.now() < entry.expiresAt ? "valid" : "expired";
  }
}

/** Secrets are found by their digest, so that the time of a look-up tells nothing about them. */
function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
