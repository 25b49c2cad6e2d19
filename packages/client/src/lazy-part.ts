/** A module that a page loads when it is first needed. Once it is here, it is at hand at once. */
export interface LazyPart<T> {
  /** `null` until it was loaded. */
  readonly loaded: T | null;
  /** Loads it, or answers what is here. A load that failed is tried again by the next call. */
  load(): Promise<T>;
}

// @__NO_SIDE_EFFECTS__
export function lazyPart<T>(fetch: () => Promise<T>): LazyPart<T> {
  let loaded: T | null = null;
  let loading: Promise<T> | null = null;
  return {
    get loaded() {
      return loaded;
    },
    load() {
      loading ??= fetch().then(
        (part) => (loaded = part),
        (error: unknown) => {
          loading = null;
          throw error;
        },
      );
      return loading;
    },
  };
}
