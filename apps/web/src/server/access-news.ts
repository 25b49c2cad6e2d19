import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** Something changed about who may use a gateway. `gap`: something may have, unheard. */
export type AccessNewsItem =
  | { readonly kind: "instance"; readonly id: string; readonly subdomain: string }
  | { readonly kind: "session"; readonly id: string }
  | { readonly kind: "gap" };

/** A line to the database on which every change is told, whichever process made it. */
export interface AccessNews {
  /** False while something could have happened unheard: what is remembered must not be believed then. */
  isLive(): boolean;
  close(): Promise<void>;
}

export interface AccessNewsOptions {
  /** PostgreSQL connection string. */
  readonly url: string;
  readonly onNews: (item: AccessNewsItem) => void;
  /** The line broke; it is opened again by itself. */
  readonly onLost: (error: unknown) => void;
  /** How often the line is tried, in milliseconds. Default 2,000. */
  readonly beatMs?: number;
  /** How long an answer may take, in milliseconds. Default 3,000. */
  readonly answerMs?: number;
  /** Milliseconds of a clock that is never set back. */
  readonly clock?: () => number;
}

/** The triggers in prisma/migrations write to it. */
const CHANNEL = "automna_access";
const RETRY_MS = 500;

/**
 * Opens the line, and resolves at the first attempt's end, whichever it is. A line that is cut without a word is found
 * out within `beatMs + answerMs`; that is how long a change can stay unheard at most.
 */
export async function listenForAccessNews(options: AccessNewsOptions): Promise<AccessNews> {
  const { onNews, onLost, beatMs = 2_000, answerMs = 3_000, clock = () => performance.now() } = options;
  const closing = new AbortController();
  let heardAt = Number.NEGATIVE_INFINITY;
  const tried = Promise.withResolvers<void>();

  async function listen(): Promise<void> {
    const line = openLine(options.url, answerMs);
    const cut = () => line.destroy();
    closing.signal.addEventListener("abort", cut, { once: true });
    try {
      await line.connect((payload) => {
        const item = parseNews(payload);
        if (item) onNews(item);
      });
      for (;;) {
        const askedAt = clock();
        await line.answer();
        const isFirst = heardAt === Number.NEGATIVE_INFINITY;
        heardAt = askedAt;
        if (isFirst) onNews({ kind: "gap" });
        tried.resolve();
        await sleep(beatMs, undefined, { signal: closing.signal });
      }
    } finally {
      closing.signal.removeEventListener("abort", cut);
      line.destroy();
      heardAt = Number.NEGATIVE_INFINITY;
      onNews({ kind: "gap" });
    }
  }

  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      await listen().catch((error: unknown) => {
        if (!closing.signal.aborted) onLost(error);
      });
      tried.resolve();
      await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  const ended = keepListening();
  await tried.promise;
  return {
    isLive: () => clock() - heardAt < beatMs + answerMs,
    async close() {
      closing.abort();
      await ended;
    },
  };
}

/** One connection that can be cut without the other side's help. */
function openLine(url: string, answerMs: number) {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    stream: () => socket,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  });
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  client.on("error", (error) => broken.reject(error));
  client.on("end", () => broken.reject(new Error("The database closed the connection.")));
  return {
    async connect(onPayload: (payload: string) => void): Promise<void> {
      client.on("notification", ({ payload }) => onPayload(payload ?? ""));
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    },
    /** Resolves when the database has answered, and with that told everything before. */
    async answer(): Promise<void> {
      await Promise.race([client.query("SELECT 1"), broken.promise]);
    },
    destroy(): void {
      socket.destroy();
    },
  };
}

function parseNews(payload: string): AccessNewsItem | null {
  const [kind, id, subdomain] = payload.split(" ");
  if (kind === "instance" && id && subdomain) return { kind, id, subdomain };
  return kind === "session" && id ? { kind, id } : null;
}
