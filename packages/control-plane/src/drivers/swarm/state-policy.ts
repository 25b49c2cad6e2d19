import type { DiskPolicy } from "../docker/volumes.ts";

/** What becomes of what a gateway keeps when its node is lost. */
export type StatePolicy = {
  /** How its size is limited. `tmpfs`: it is gone at every stop, wherever that happens. */
  readonly disk: Exclude<DiskPolicy, { kind: "loopback" }>;
} & (
  | /** It stays on its node, and the gateway waits there for the node to come back. Nothing is lost. */
    { readonly kind: "node" }
  /** The gateway starts anew elsewhere, without it. What lies on the lost node is left behind. */
  | { readonly kind: "fresh" }
  /** It lies in a directory that every node, and this process, sees under the same path; the gateway moves with it. */
  | { readonly kind: "shared"; readonly directory: string }
);

/** Nothing of it outlives a task. */
export function isInMemory({ disk }: StatePolicy): boolean {
  return disk.kind === "tmpfs";
}
