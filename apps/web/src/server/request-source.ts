import type { RequestSource } from "@automna/proxy";

/** Where a request says that it comes from. */
export function sourceOf(headers: Headers): RequestSource {
  return {
    origin: headers.get("origin") ?? undefined,
    "sec-fetch-site": headers.get("sec-fetch-site") ?? undefined,
  };
}
