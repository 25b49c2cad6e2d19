import { DriverError } from "../driver.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine.ts";

/** A large image over a slow line. */
const PULL_TIMEOUT_MS = 15 * 60_000;

/** Pulls the image unless the engine has it. */
export async function ensureImage(
  engine: Engine,
  image: string,
  pull: "missing" | "never",
  onStep: (step: "pull" | "prepare") => void = () => undefined,
): Promise<void> {
  const found = await engine.find((docker) => docker.getImage(image).inspect());
  if (found !== null) return;
  if (pull === "never") throw missing(image, "it is not on this machine and pulling is turned off");
  onStep("pull");
  try {
    await engine.ask(async (docker, signal) => {
      const progress = await docker.pull(image, { abortSignal: signal });
      await new Promise<void>((resolve, reject) => {
        docker.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve()));
      });
    }, PULL_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof EngineError) throw missing(image, error.message, error);
    throw error;
  }
  onStep("prepare");
}

function missing(image: string, reason: string, cause?: unknown): DriverError {
  return new DriverError(
    "gateway-missing",
    `The image ${image} is missing: ${reason}. Check its name, or build one with deploy/gateway-image.`,
    { cause },
  );
}
