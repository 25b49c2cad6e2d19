import pg from "pg";

/** The right to act on one instance. At most one worker has it, wherever it runs. */
export interface Lease {
  /** Aborts when the right may be lost, such as with the connection to the database. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface Leases {
  /** `null` when somebody else acts on the instance. Rejects when the database cannot be asked. */
  take(instanceId: string): Promise<Lease | null>;
  close(): Promise<void>;
}

/**
 * Leases as advisory locks of one database session: they end with the worker that holds them, however it ends.
 *
 * @param url PostgreSQL connection string; a direct one, since poolers share sessions.
 */
export function createLeases(url: string): Leases {
  let session: Promise<Session> | null = null;

  function open(): Promise<Session> {
    const opening = connect(url, () => {
      if (session === opening) session = null;
    });
    opening.catch(() => {
      if (session === opening) session = null;
    });
    session = opening;
    return opening;
  }

  return {
    async take(instanceId) {
      const { ask, lost, held } = await (session ?? open());
      const key = keyOf(instanceId);
      // To PostgreSQL a session that asks again for what it holds has it twice.
      if (held.has(key)) return null;
      held.add(key);
      let isHeld = false;
      try {
        isHeld = await ask("pg_try_advisory_lock", key);
      } finally {
        if (!isHeld) held.delete(key);
      }
      if (!isHeld) return null;
      return {
        lost,
        async release() {
          held.delete(key);
          if (!lost.aborted) await ask("pg_advisory_unlock", key).catch(() => {});
        },
      };
    },
    async close() {
      const open = await session?.catch(() => null);
      await open?.client.end().catch(() => undefined);
    },
  };
}

interface Session {
  readonly client: pg.Client;
  /** Whether the server did that with the key. */
  readonly ask: (lock: "pg_try_advisory_lock" | "pg_advisory_unlock", key: string) => Promise<boolean>;
  readonly lost: AbortSignal;
  /** The keys of what is leased by it, or asked for. */
  readonly held: Set<string>;
}

/** One thing at a time: clients lose their own queue (https://github.com/brianc/node-postgres/pull/3603). */
function asking(client: pg.Client): Session["ask"] {
  let last: Promise<unknown> = Promise.resolve();
  return (lock, key) => {
    const answer = last.then(async () => {
      const { rows } = await client.query<{ done: boolean }>(`SELECT ${lock}($1::bigint) AS done`, [key]);
      return rows[0]?.done === true;
    });
    last = answer.catch(() => undefined);
    return answer;
  };
}

async function connect(url: string, onLost: () => void): Promise<Session> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 10_000 });
  const lost = new AbortController();
  const lose = () => {
    onLost();
    if (!lost.signal.aborted) lost.abort(new Error("The connection that held the lease is lost."));
  };
  client.on("error", lose);
  client.on("end", lose);
  await client.connect();
  return { client, ask: asking(client), lost: lost.signal, held: new Set() };
}

/** Ids are random: their first 64 bits name them as well as all 96. */
function keyOf(instanceId: string): string {
  return BigInt.asIntN(64, BigInt(`0x${instanceId.slice(0, 16)}`)).toString();
}
