import { inject } from "vitest";
import { buildGatewayImage } from "../../deploy/gateway-image/build.ts";
import { shareImage } from "../../packages/control-plane/test/support/swarm-nodes.ts";

/** The image of OpenClaw on these engines. It is built once for a run, and carried to every engine but the run's own. */
export async function openclawImageOn(...engines: readonly { readonly host: string }[]): Promise<string> {
  const host = inject("dockerHost");
  const image = await buildGatewayImage("openclaw", { dockerHost: host });
  await shareImage([{ host }, ...engines], image);
  return image;
}
