import type { TestProject } from "vitest/node";
import { buildFakeGatewayImage } from "./fake-gateway-image.ts";
import { startDockerd } from "./dockerd.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the engine that all tests of one run share. */
    dockerHost: string;
  }
}

/** One engine for all tests of containers, with the image of the fake gateway. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const dockerd = await startDockerd();
  try {
    buildFakeGatewayImage(dockerd.host);
  } catch (error) {
    await dockerd.stop();
    throw error;
  }
  provide("dockerHost", dockerd.host);
  return () => dockerd.stop();
}
