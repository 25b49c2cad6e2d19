import { digestOf } from "./digest.ts";
import type { GatewaySettings } from "./gateway-config.ts";
import type { GatewayProduct } from "./instance.ts";

/**
 * Names everything that a running gateway was started with and keeps, so that another token, model or product is another
 * revision. 24 hex characters; the secrets inside cannot be read back from it.
 *
 * @param image Which build of the product, e.g. an image digest or a package version.
 */
export function revisionOf(product: GatewayProduct, settings: GatewaySettings, image = ""): string {
  return digestOf([product, image, lasting(settings)]);
}

/** Without what a gateway takes over as it runs: our own name, and the key that it reads from a file. */
function lasting({ auth, model, ...settings }: GatewaySettings): unknown {
  if (auth.mode === "token") return { ...settings, auth, model };
  const { control: _, ...kept } = auth;
  const isKept = model?.kind !== "openai-compatible";
  return { ...settings, auth: kept, model: isKept ? model : { ...model, apiKey: model.apiKey !== null } };
}
