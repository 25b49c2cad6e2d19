import type { InstanceAccessRecord } from "@automna/control-plane/database";
import { createResolverCache } from "@automna/proxy";
import type { AccessNewsItem } from "./access-news.ts";

/** Who owns what and which sign-ins are over: from memory while every change is heard, else from the database. */
export interface AccessFacts {
  instance(id: string): MaybeLater<InstanceAccessRecord | undefined>;
  instanceAt(subdomain: string): MaybeLater<InstanceAccessRecord | undefined>;
  isSessionOver(sessionId: string): MaybeLater<boolean>;
  /** Takes note of what was told. */
  hear(item: AccessNewsItem): void;
}

/** At once, or a promise of it. */
export type MaybeLater<T> = T | Promise<T>;

/** Where the facts come from. */
interface AccessSource {
  findById(id: string): Promise<InstanceAccessRecord | null>;
  findBySubdomain(subdomain: string): Promise<InstanceAccessRecord | null>;
  listEndedSessions(): Promise<readonly string[]>;
  isSessionEnded(sessionId: string): Promise<boolean>;
}

export interface AccessFactsOptions {
  readonly source: AccessSource;
  /** Whether every change is heard at this moment. */
  readonly isLive: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** As good as for ever: what changes is told. */
const REMEMBERED = { ttlMs: 600_000, missTtlMs: 1_000, maxEntries: 50_000 };

export function createAccessFacts({ source, isLive, onError }: AccessFactsOptions): AccessFacts {
  const byId = createResolverCache(
    async (id: string) => (await source.findById(id)) ?? undefined,
    REMEMBERED,
  );
  const bySubdomain = createResolverCache(
    async (name: string) => (await source.findBySubdomain(name)) ?? undefined,
    REMEMBERED,
  );
  let ended: Set<string> | null = null;
  /** What is told while the list is on its way. */
  let loading: Set<string> | null = null;

  function forgetEverything(): void {
    byId.invalidate();
    bySubdomain.invalidate();
    ended = null;
    const told = new Set<string>();
    loading = told;
    if (isLive()) loadEnded(told).catch(onError);
  }

  async function loadEnded(told: Set<string>): Promise<void> {
    const sessions = await source.listEndedSessions();
    if (loading !== told) return;
    ended = new Set([...sessions, ...told]);
    loading = null;
  }

  return {
    instance: (id) => (isLive() ? byId.get(id, id) : source.findById(id).then((found) => found ?? undefined)),
    instanceAt: (name) =>
      isLive()
        ? bySubdomain.get(name, name)
        : source.findBySubdomain(name).then((found) => found ?? undefined),
    isSessionOver(sessionId) {
      if (ended && isLive()) return ended.has(sessionId);
      return source.isSessionEnded(sessionId);
    },
    hear(item) {
      switch (item.kind) {
        case "gap":
          forgetEverything();
          break;
        case "session":
          ended?.add(item.id);
          loading?.add(item.id);
          break;
        case "instance":
          byId.invalidate(item.id);
          bySubdomain.invalidate(item.subdomain);
      }
    },
  };
}
