import { PrismaPg } from "@prisma/adapter-pg";
import { type Prisma, PrismaClient } from "../generated/prisma/client.ts";

/** A pool of connections and the queries on it. Close it with `$disconnect()`. */
export type Database = PrismaClient;

/** The same queries inside one transaction. */
export type Transaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** PostgreSQL connection string. */
  readonly url: string;
  /** Most connections at a time. Default 10. */
  readonly poolSize?: number;
  /** Told of idle connections that broke, as when the server restarts; the pool replaces them by itself. */
  readonly onConnectionLost?: (error: Error) => void;
}

/**
 * Opens a pool; connects on first use.
 *
 * @example
 * const database = connectDatabase({ url: "postgresql://localhost/automna" });
 * await database.$disconnect();
 */
export function connectDatabase({ url, poolSize = 10, onConnectionLost }: DatabaseOptions): Database {
  const adapter = new PrismaPg(
    { connectionString: url, max: poolSize, connectionTimeoutMillis: 10_000 },
    { onPoolError: (error) => onConnectionLost?.(error) },
  );
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 10_000, timeout: 20_000 } });
}
