import type { Prisma } from "../generated/prisma/client.ts";
import type { Database, Transaction } from "./client.ts";

/** Who did what, to whom or what. Holds no secret. */
export interface AuditEntry {
  /** The identity provider's id, or `system`, `webhook`. */
  readonly actor: string;
  /** `instance.stop`, `model-key.put` … */
  readonly action: string;
  readonly instanceId?: string;
  /** The identity provider's id of the person whom it concerns. */
  readonly subject?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditRecord {
  readonly id: bigint;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly instanceId: string | null;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** Writes an entry; call it in the transaction that does what it tells of. */
export async function recordAudit(database: Database | Transaction, entry: AuditEntry): Promise<void> {
  await database.auditEvent.create({ data: entry });
}

/** The newest entries first; `before` continues a list. */
export async function listAudit(
  database: Database,
  { limit, before }: { readonly limit: number; readonly before?: bigint },
): Promise<AuditRecord[]> {
  const rows = await database.auditEvent.findMany({
    ...(before === undefined ? {} : { where: { id: { lt: before } } }),
    orderBy: { id: "desc" },
    take: limit,
  });
  return rows.map((row) => ({ ...row, detail: record(row.detail) }));
}

function record(value: Prisma.JsonValue): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}
