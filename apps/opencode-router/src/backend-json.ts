import type { Backend } from "./registry.ts";
import { hostLabel } from "./slug.ts";

/** A backend as the API answers it. */
export interface BackendJson {
  readonly slug: string;
  readonly project_name: string;
  readonly project_path: string;
  readonly port: number;
  readonly version: string;
  readonly domain: string;
  readonly path_prefix: string;
  readonly url: string;
  /** RFC 3339 in UTC, whole seconds. */
  readonly last_seen: string;
}

/** @param base Origin under which the caller reaches the router, without a slash at its end. */
export function backendJson(backend: Backend, username: string, base: string): BackendJson {
  return {
    slug: backend.slug,
    project_name: backend.name,
    project_path: backend.path,
    port: backend.port,
    version: backend.version ?? "",
    domain: `${hostLabel(backend.slug, username)}.local`,
    path_prefix: `/${backend.slug}/`,
    url: `${base}/${backend.slug}/`,
    last_seen: timestamp(backend.lastSeen),
  };
}

/** RFC 3339 in UTC, whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
