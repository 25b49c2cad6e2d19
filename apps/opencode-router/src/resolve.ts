import type { Backend } from "./registry.ts";
import { slugOfPath } from "./slug.ts";

/**
 * Finds a project by its path: the whole one, its end (`alice/app`), a file or folder inside it, and at last the slug
 * of its last part.
 */
export function resolveByPath(backends: readonly Backend[], query: string): Backend | undefined {
  const path = query.length > 1 ? query.replace(/\/+$/, "") : query;
  const ending = `/${path.replace(/^\/+/, "")}`;
  return (
    backends.find((backend) => backend.path === path) ??
    backends.find((backend) => backend.path.endsWith(ending)) ??
    longest(backends.filter((backend) => path.startsWith(`${backend.path}/`))) ??
    resolveByName(backends, path)
  );
}

/** Finds a project by its folder's name, in any case. A project whose name is no slug of its own is found too. */
export function resolveByName(backends: readonly Backend[], name: string): Backend | undefined {
  const slug = slugOfPath(name);
  return (
    backends.find((backend) => backend.slug === slug) ??
    backends.find((backend) => slugOfPath(backend.path) === slug)
  );
}

function longest(backends: readonly Backend[]): Backend | undefined {
  return backends.toSorted((a, b) => b.path.length - a.path.length)[0];
}
