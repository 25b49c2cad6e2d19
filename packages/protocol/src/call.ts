/** A request that is ready for `encodeRequest`. */
export type Call = {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
};

/**
 * Builds a call. Fields that were not given are left out: a gateway refuses keys that it does not know, and `null`
 * where it expects nothing.
 */
export function call(method: string, params: Readonly<Record<string, unknown>> = {}): Call {
  return {
    method,
    params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)),
  };
}
