/** What has been opened so far, to be closed in the opposite order: at the end, or when a later step fails. */
export interface Teardown {
  /** Waits for something to open and remembers how to close it. */
  opened<T>(opening: T | Promise<T>, close: (value: T) => Promise<unknown>): Promise<T>;
  /** Closes everything that has been opened, also what is still opening. One failure does not keep the rest open. */
  run(): Promise<void>;
}

export function createTeardown(): Teardown {
  const steps: Promise<() => Promise<unknown>>[] = [];
  return {
    async opened(opening, close) {
      const step = Promise.resolve(opening).then((value) => () => close(value));
      // What never opened needs no closing; its error goes to whoever waits for it.
      steps.push(step.catch(() => () => Promise.resolve()));
      return opening;
    },
    async run() {
      const errors: unknown[] = [];
      for (const step of steps.toReversed())
        await (await step)().catch((error: unknown) => errors.push(error));
      if (errors.length > 0)
        throw new AggregateError(errors, "Not everything could be closed in an orderly way.");
    },
  };
}
