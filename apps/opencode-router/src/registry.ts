import type { Identity } from "./identity.ts";
import { RESERVED_SLUGS, slugOfPath } from "./slug.ts";

/** An OpenCode server that a scan found. */
export interface Sighting {
  readonly port: number;
  readonly identity: Identity;
  readonly version: string | undefined;
  /** The user who owns the listening socket; `undefined` where that cannot be known. */
  readonly ownerUid: number | undefined;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** A project that can be routed to. */
export interface Backend {
  readonly slug: string;
  readonly name: string;
  readonly path: string;
  readonly port: number;
  readonly version: string | undefined;
  readonly ownerUid: number | undefined;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
  /** `false` if the latest scan did not find it; it is kept for a while. */
  readonly answering: boolean;
}

export type RegistryChange =
  | { readonly kind: "added" | "updated"; readonly backend: Backend }
  | { readonly kind: "removed"; readonly backend: Backend };

export interface RegistryOptions {
  /** How long a silent backend is kept, in milliseconds. */
  readonly staleAfterMs: number;
}

export interface Registry {
  /** Takes in one complete scan and says what became different. `now` is in milliseconds since the epoch. */
  apply(sightings: readonly Sighting[], now: number): RegistryChange[];
  get(slug: string): Backend | undefined;
  /** By slug, in alphabetical order. */
  list(): Backend[];
  readonly size: number;
}

/** Slugs of projects that are gone are remembered for this many, so that each gets its own back. */
const MAX_CLAIMS = 10_000;

interface Entry {
  readonly backend: Backend;
  readonly key: string;
  readonly misses: number;
}

/** The projects of this machine, by slug. What it hands out are copies. */
export function createRegistry({ staleAfterMs }: RegistryOptions): Registry {
  const entries = new Map<string, Entry>();
  const claims = createClaims();

  function place(sighting: Sighting, key: string): RegistryChange | undefined {
    const slug = claims.claim(key, sighting.identity.path, sighting.port);
    const before = entries.get(slug)?.backend;
    const backend: Backend = {
      slug,
      name: sighting.identity.name,
      path: sighting.identity.path,
      port: sighting.port,
      version: sighting.version,
      ownerUid: sighting.ownerUid,
      lastSeen: sighting.seenAt,
      answering: true,
    };
    entries.set(slug, { backend, key, misses: 0 });
    if (!before) return { kind: "added", backend };
    return sameFacts(before, backend) ? undefined : { kind: "updated", backend };
  }

  /** A server that does not say today who it is stays who it was on that port. */
  function remembered(sighting: Sighting): Sighting {
    if (sighting.identity.known) return sighting;
    for (const { backend } of entries.values()) {
      if (backend.port !== sighting.port || backend.path.startsWith("/unknown/")) continue;
      return { ...sighting, identity: { path: backend.path, name: backend.name, known: true } };
    }
    return sighting;
  }

  return {
    apply(sightings, now) {
      const changes: RegistryChange[] = [];
      const keyed = keyByPath(sightings.map(remembered), portsByPath(entries.values()));
      const ports = new Set(sightings.map((sighting) => sighting.port));
      const keys = new Set(keyed.keys());
      for (const [slug, entry] of entries) {
        if (keys.has(entry.key)) continue;
        const misses = entry.misses + 1;
        const replaced = ports.has(entry.backend.port);
        // One missed scan proves nothing: a scan can last longer than the stale time.
        if (replaced || (misses >= 2 && now - entry.backend.lastSeen >= staleAfterMs)) {
          entries.delete(slug);
          changes.push({ kind: "removed", backend: entry.backend });
          continue;
        }
        const backend = { ...entry.backend, answering: false };
        entries.set(slug, { ...entry, backend, misses });
        if (entry.backend.answering) changes.push({ kind: "updated", backend });
      }
      for (const [key, sighting] of keyed) {
        const change = place(sighting, key);
        if (change) changes.push(change);
      }
      claims.forget(new Set([...entries.values()].map((entry) => entry.key)));
      return changes.map((change) => ({ ...change, backend: { ...change.backend } }));
    },
    get(slug) {
      const entry = entries.get(slug);
      return entry && { ...entry.backend };
    },
    list: () =>
      [...entries.values()].map(({ backend }) => ({ ...backend })).sort((a, b) => (a.slug < b.slug ? -1 : 1)),
    get size() {
      return entries.size;
    },
  };
}

/**
 * One key for each sighting. A folder that is served twice is one project on the port it had, or on its lowest; the
 * others are listed beside it.
 */
function keyByPath(
  sightings: readonly Sighting[],
  portOf: ReadonlyMap<string, number>,
): Map<string, Sighting> {
  const byPath = Map.groupBy(
    [...sightings].sort((a, b) => a.port - b.port),
    (sighting) => sighting.identity.path,
  );
  const keyed = new Map<string, Sighting>();
  for (const [path, group] of byPath) {
    const first = group.find((sighting) => sighting.port === portOf.get(path)) ?? group[0];
    for (const sighting of group) {
      keyed.set(sighting === first ? path : `${path}\0${sighting.port}`, sighting);
    }
  }
  return keyed;
}

function portsByPath(entries: Iterable<Entry>): Map<string, number> {
  const ports = new Map<string, number>();
  for (const { key, backend } of entries) if (key === backend.path) ports.set(key, backend.port);
  return ports;
}

function sameFacts(a: Backend, b: Backend): boolean {
  return (
    a.port === b.port &&
    a.path === b.path &&
    a.name === b.name &&
    a.version === b.version &&
    a.ownerUid === b.ownerUid &&
    a.answering === b.answering
  );
}

interface Claims {
  claim(key: string, path: string, port: number): string;
  forget(inUse: ReadonlySet<string>): void;
}

/** Who has which slug. A claim outlives its backend, so a stopped project comes back under its old name. */
function createClaims(): Claims {
  const slugs = new Map<string, string>();
  const taken = new Set<string>(RESERVED_SLUGS);
  return {
    claim(key, path, port) {
      const existing = slugs.get(key);
      if (existing !== undefined) return existing;
      const wanted = slugOfPath(path);
      let slug = taken.has(wanted) || key !== path ? `${wanted}-${port}` : wanted;
      for (let n = 2; taken.has(slug); n += 1) slug = `${wanted}-${port}-${n}`;
      slugs.set(key, slug);
      taken.add(slug);
      return slug;
    },
    forget(inUse) {
      for (const [key, slug] of slugs) {
        if (slugs.size <= MAX_CLAIMS) return;
        if (inUse.has(key)) continue;
        slugs.delete(key);
        taken.delete(slug);
      }
    },
  };
}
