import type Docker from "dockerode";
import { DriverError } from "../driver.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine.ts";

/** A large image over a slow line. */
const PULL_LIMIT_MS = 15 * 60_000;

/**
 * Pulls the image unless the engine has it, within the limit.
 *
 * @param signal Ends the wait; the engine keeps what it has got by then.
 */
export async function ensureImage(
  engine: Engine,
  image: string,
  pull: "missing" | "never",
  onStep: (step: "pull" | "prepare") => void = () => undefined,
  signal?: AbortSignal,
  limitMs = PULL_LIMIT_MS,
): Promise<void> {
  const found = await engine.find((docker) => docker.getImage(image).inspect());
  if (found !== null) return;
  if (pull === "never") throw missing(image, "it is not on this machine and pulling is turned off");
  onStep("pull");
  let limit: AbortSignal | undefined;
  try {
    await engine.ask(async (docker, timeout) => {
      limit = timeout;
      const abortSignal = signal ? AbortSignal.any([signal, timeout]) : timeout;
      const progress = await docker.pull(image, { abortSignal });
      const refusal = await refusalIn(docker, progress);
      if (refusal !== null) throw missing(image, refusal);
    }, limitMs);
  } catch (error) {
    if (limit?.aborted === true && signal?.aborted !== true) throw tooSlow(image, limitMs, error);
    // An engine that went away meanwhile has said nothing of the image.
    if (error instanceof EngineError && error.status !== null) throw missing(image, error.message, error);
    throw error;
  }
  onStep("prepare");
}

/** What the engine says once its answer has begun is in there; `null` when it has the image. */
function refusalIn({ modem }: Docker, progress: NodeJS.ReadableStream): Promise<string | null> {
  return new Promise((resolve, reject) => {
    modem.followProgress(progress, (error: Error | null, lines: readonly { readonly error?: string }[]) => {
      if (error) reject(error);
      else resolve(lines.find((line) => line.error !== undefined)?.error ?? null);
    });
  });
}

/** Nothing was said of the image: whatever waits for it goes on waiting. */
function tooSlow(image: string, limitMs: number, cause: unknown): DriverError {
  return new DriverError(
    "engine-unreachable",
    `The image ${image} could not be pulled within ${limitMs / 60_000} minutes. The next try goes on from what the engine has by then; or pull it on the machine yourself.`,
    { cause },
  );
}

function missing(image: string, reason: string, cause?: unknown): DriverError {
  return new DriverError(
    "gateway-missing",
    `The image ${image} is missing: ${reason}. Check its name, or build one with deploy/gateway-image.`,
    { cause },
  );
}
