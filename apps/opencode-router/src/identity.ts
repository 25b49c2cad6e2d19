import { basename, isAbsolute } from "node:path";

/** What `/global/health` of an OpenCode server says. */
export interface Health {
  readonly version: string | undefined;
}

/** Which project a server serves. */
export interface Identity {
  /** Absolute path of the served folder, or `/unknown/…` if the server does not say. */
  readonly path: string;
  readonly name: string;
  readonly known: boolean;
}

/** Reads a health answer. Anything but JSON with `healthy: true` is no OpenCode server, whatever its status was. */
export function parseHealth(body: string): Health | undefined {
  const value = parseObject(body);
  if (value?.["healthy"] !== true) return undefined;
  return { version: text(value["version"]) };
}

/**
 * Puts together who a server is, from its answers to `/project/current` and `/path` (`undefined`: no usable answer).
 *
 * Older servers name the project's `path` and `name`. Since 1.x the project has a `worktree`, which is the whole
 * repository for a subfolder and `/` for a folder without version control; the folder itself is `directory` of
 * `/path`.
 */
export function identify(
  port: number,
  projectBody: string | undefined,
  pathBody: string | undefined,
): Identity {
  const project = projectBody === undefined ? undefined : parseObject(projectBody);
  const paths = pathBody === undefined ? undefined : parseObject(pathBody);
  const path = folder(project?.["path"]) ?? folder(paths?.["directory"]) ?? folder(project?.["worktree"]);
  if (path !== undefined) return { path, name: basename(path), known: true };
  const id = text(project?.["id"]) ?? `port-${port}`;
  const unique = id === "global" ? `port-${port}` : id;
  return { path: `/unknown/${unique}`, name: text(project?.["name"]) ?? unique, known: false };
}

/** An absolute path other than the root, without a slash at its end. */
function folder(value: unknown): string | undefined {
  const path = text(value)?.replace(/[/\\]+$/, "");
  return path !== undefined && isAbsolute(path) && path.length < 4_096 ? path : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}
