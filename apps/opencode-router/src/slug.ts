import { createHash } from "node:crypto";
import { basename } from "node:path";

/** First path segments that belong to this router or to its siblings in front of it. No project gets one as slug. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set(["api", "i", "ws", "webchat", "healthz"]);

/** The longest label DNS allows, in octets. */
const MAX_LABEL = 63;

/** The one slug rule: lower case, every run of anything but letters and digits is one `-`, none at the ends. */
export function slugify(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return slug === "" ? "default" : slug;
}

/** The slug that a project's folder asks for. */
export function slugOfPath(path: string): string {
  return slugify(basename(path));
}

/** The first label of a project's host name. One that DNS could not carry is cut and told apart by a hash. */
export function hostLabel(slug: string, username: string): string {
  const owner = slugify(username);
  const label = `${slug}-${owner}`;
  if (label.length <= MAX_LABEL) return label;
  const hash = createHash("sha256").update(label).digest("hex").slice(0, 8);
  return `${label.slice(0, MAX_LABEL - hash.length - 1).replace(/-$/, "")}-${hash}`;
}
