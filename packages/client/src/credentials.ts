import type { Provided, ProviderRequest } from "./connection-options.ts";
import type { Environment } from "./environment.ts";

/** How long a provider may take, milliseconds. */
const PROVIDER_MS = 30_000;

/** A provider did not answer, or threw. */
class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly code = "PROVIDER_FAILED";
}

/** Whether asking again can give another value. */
export function isProvider<T>(
  provided: Provided<T>,
): provided is (request: ProviderRequest) => T | Promise<T> {
  return typeof provided === "function";
}

/**
 * Asks for a value, with a deadline.
 *
 * @throws {ProviderError} when the provider throws, rejects or does not answer within {@link PROVIDER_MS}
 */
export function ask<T>(
  provided: Provided<T>,
  request: ProviderRequest,
  name: string,
  environment: Environment,
): Promise<T> {
  if (!isProvider(provided)) return Promise.resolve(provided);
  return new Promise<T>((resolve, reject) => {
    const stop = environment.after(PROVIDER_MS, () =>
      reject(new ProviderError(`The provider of "${name}" did not answer within ${PROVIDER_MS / 1000} s.`)),
    );
    const fail = (cause: unknown) =>
      reject(new ProviderError(`The provider of "${name}" failed.`, { cause }));
    Promise.resolve()
      .then(() => provided(request))
      .then(resolve, fail)
      .finally(stop);
  });
}
