import {
  countInstances,
  heaviestUsers,
  listAudit,
  listFailed,
  listOwned,
  listUnsettled,
  maxRunningOf,
  modelUsageOfAll,
  type OwnedRecord,
} from "@automna/control-plane/database";
import type { AdminInstance, AuditEvent, Capacity, Queue } from "../../api/admin.ts";
import type { UsageOfAll } from "../../api/usage.ts";
import { instanceView, stateOf } from "../instance-view.ts";
import { priced } from "../usage-view.ts";
import { type ApiOptions, type Handler, json } from "./api.ts";

const PAGE = 100;
const INSTANCE_ID = /^[0-9a-f]{24}$/;
const NUMBER = /^\d{1,18}$/;

/** What operators ask about everybody. */
export const adminHandlers = {
  async listInstances({ query }, { database, now, limits }) {
    const { before = "", state } = query;
    const page = await listOwned(database, {
      limit: PAGE,
      ...(INSTANCE_ID.test(before) ? { before } : {}),
    });
    const items = page.filter(({ instance }) => state === undefined || stateOf(instance) === state);
    const last = page.length === PAGE ? page.at(-1) : undefined;
    return json(200, {
      items: items.map((owned) => adminView(owned, now(), limits)),
      next: last?.instance.id ?? null,
    });
  },

  async getCapacity(_asked, { database, capacity }) {
    const { running, ready, stopped, failed, pooled } = await countInstances(database);
    const { poolSize } = capacity;
    const limit = await maxRunningOf(database, capacity.maxRunning);
    return json(200, { running, limit, ready, stopped, failed, pooled, poolSize } satisfies Capacity);
  },

  async getQueue(_asked, { database, jobs }) {
    const unsettled = (await listUnsettled(database, PAGE)).map(({ id, phase, updatedAt, attempt }) => ({
      instanceId: id,
      phase: phase?.name ?? null,
      since: (phase?.since ?? updatedAt).toISOString(),
      attempt,
    }));
    return json(200, { ...(await jobs()), unsettled } satisfies Queue);
  },

  async getUsageOfAll(_asked, { database, metering, now }) {
    const { today, month } = await modelUsageOfAll(database, now());
    const people = await heaviestUsers(database, now(), PAGE);
    return json(200, {
      today: priced(today, metering),
      month: priced(month, metering),
      dailyTokens: metering.dailyTokens,
      people: people.map(({ clerkId, ...used }) => ({ clerkId, ...priced(used, metering) })),
    } satisfies UsageOfAll);
  },

  async listFailures(_asked, { database, now, limits }) {
    const items = await listFailed(database, PAGE);
    return json(200, { items: items.map((owned) => adminView(owned, now(), limits)) });
  },

  async listAuditEvents({ query: { before = "" } }, { database }) {
    const rows = await listAudit(database, {
      limit: PAGE,
      ...(NUMBER.test(before) ? { before: BigInt(before) } : {}),
    });
    const items = rows.map(({ id, at, detail, ...same }): AuditEvent => ({
      ...same,
      id: id.toString(),
      at: at.toISOString(),
      detail: detail && { ...detail },
    }));
    return json(200, { items, next: rows.length === PAGE ? (items.at(-1)?.id ?? null) : null });
  },
} satisfies Record<string, Handler>;

function adminView(
  { instance, clerkId }: OwnedRecord,
  now: number,
  limits: ApiOptions["limits"],
): AdminInstance {
  return { ...instanceView(instance, now, limits), owner: clerkId === null ? null : { clerkId } };
}
