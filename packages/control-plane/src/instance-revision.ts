import { createHash } from "node:crypto";
import type { GatewaySettings } from "./gateway-config.ts";
import type { GatewayProduct } from "./instance.ts";

/**
 * Names everything that a running gateway was started with, so that another token, key or product is another
 * revision. 24 hex characters; the secrets inside cannot be read back from it.
 *
 * @param image Which build of the product, e.g. an image digest or a package version.
 */
export function revisionOf(product: GatewayProduct, settings: GatewaySettings, image = ""): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical([product, image, settings])))
    .digest("hex")
    .slice(0, 24);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]),
  );
}
