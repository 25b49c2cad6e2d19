// PostgreSQL for the schema engine: @prisma/adapter-pg, with what its 7.10.0 lacks for that use.
import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { parse } from "pg-connection-string";

const CHAR_OID = 18;
const TEXT_OID = 25;

/** Runs `work` on a connection of its own; resolves to the error, if any. */
async function attempt(config, work) {
  const client = new pg.Client(config);
  try {
    await client.connect();
    await work(client);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await client.end().catch(() => {});
  }
}

export const connectionFailure = (url) => attempt({ connectionString: url }, () => {});

export function createDatabase(url) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  return attempt({ ...poolConfig(url), database: "postgres" }, (client) =>
    client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`),
  );
}

function poolConfig(url) {
  const { host, port, user, password, database, ssl } = parse(url);
  return { host, port: port ? Number(port) : undefined, user, password, database, ssl, max: 4 };
}

async function connect(url, database) {
  const schema = new URL(url).searchParams.get("schema") ?? undefined;
  const config = database ? { ...poolConfig(url), database } : poolConfig(url);
  return inOnePiece(readingCatalogueChars(await new PrismaPg(config, { schema }).connect()));
}

/** adapter-pg cuts scripts at every semicolon, also inside the body of a function. */
function inOnePiece(adapter) {
  adapter.executeScript = async function (script) {
    try {
      await this.client.query(script);
    } catch (error) {
      this.onError(error);
    }
  };
  return adapter;
}

/**
 * PostgreSQL's catalogue has columns of the one-byte type "char" (OID 18). adapter-pg refuses that
 * type, and the engine panics when such a column arrives as text: it must arrive as Character.
 */
function readingCatalogueChars(adapter) {
  const charColumns = new WeakMap();
  const { performIO, queryRaw, startTransaction } = adapter;
  adapter.performIO = async function (query) {
    const result = await performIO.call(this, query);
    const indexes = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR_OID ? [index] : []));
    for (const index of indexes) result.fields[index].dataTypeID = TEXT_OID;
    charColumns.set(query, indexes);
    return result;
  };
  adapter.queryRaw = async function (query) {
    const rows = await queryRaw.call(this, query);
    for (const index of charColumns.get(query) ?? []) rows.columnTypes[index] = ColumnTypeEnum.Character;
    return rows;
  };
  if (startTransaction)
    adapter.startTransaction = async function (isolationLevel) {
      return readingCatalogueChars(await startTransaction.call(this, isolationLevel));
    };
  return adapter;
}

export class PostgresAdapterFactory {
  provider = "postgres";
  adapterName = "@prisma/adapter-pg";
  #datasource;

  constructor(datasource) {
    this.#datasource = datasource;
  }

  connect() {
    return connect(this.#datasource.url);
  }

  /**
   * adapter-pg's own version builds `{ ...config, database }`, in which a connection string wins, so
   * that the shadow run would hit the main database; and it drops the database before it closes the
   * pool, which PostgreSQL refuses.
   */
  async connectToShadowDb() {
    const { url, shadowDatabaseUrl } = this.#datasource;
    if (shadowDatabaseUrl) return connect(shadowDatabaseUrl);
    const name = `prisma_migrate_shadow_db_${randomUUID()}`;
    const quoted = pg.escapeIdentifier(name);
    const admin = new pg.Client(poolConfig(url));
    await admin.connect();
    await admin.query(`CREATE DATABASE ${quoted}`);
    const shadow = await connect(url, name);
    const closePool = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await closePool();
      await admin.query(`DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`);
      await admin.end();
    };
    return shadow;
  }
}
