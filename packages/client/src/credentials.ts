import type { Provided, ProviderRequest } from "./connection-options.ts";
import type { Environment } from "./environment.ts";

/** How long a provider may take, milliseconds. */
const PROVIDER_MS = 30_000;

/** Whether asking again can give another value. */
export function isProvider<T>(
  provided: Provided<T>,
): provided is (request: ProviderRequest) => T | Promise<T> {
  return typeof provided === "function";
}

/** Asks for a value. Rejects when the provider throws, rejects or does not answer within {@link PROVIDER_MS}. */
export function ask<T>(
  provided: Provided<T>,
  request: ProviderRequest,
  environment: Environment,
): Promise<T> {
  if (!isProvider(provided)) return Promise.resolve(provided);
  return new Promise<T>((resolve, reject) => {
    const stop = environment.after(PROVIDER_MS, () => reject(new Error("No answer.")));
    Promise.resolve()
      .then(() => provided(request))
      .then(resolve, reject)
      .finally(stop);
  });
}
