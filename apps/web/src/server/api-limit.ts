import type { IncomingMessage } from "node:http";
import { type BucketRate, createTokenBuckets } from "@automna/proxy";
import type { Pages } from "./dispatcher.ts";
import { type Problem, renderProblem } from "./problem.ts";

const TOO_MANY: Problem = {
  status: 429,
  code: "rate-limited",
  title: "Too many requests",
  detail: "Too many requests came from this address. Wait a moment, then try again.",
};

/** The same pages, with an API that one address cannot flood: it is refused before anybody asks who is calling. */
export function limitApi<P extends Pages>(
  pages: P,
  rate: BucketRate | null,
  clientAddress: (req: IncomingMessage) => string,
  now: () => number = () => performance.now(),
): P {
  if (!rate) return pages;
  const attempts = createTokenBuckets(rate, { now });
  return {
    ...pages,
    handleRequest(req, res) {
      const waitMs = req.url?.startsWith("/api/") ? attempts.take(clientAddress(req)) : 0;
      if (waitMs === 0) return pages.handleRequest(req, res);
      const { headers, body } = renderProblem(TOO_MANY);
      const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1_000)));
      res
        .writeHead(TOO_MANY.status, { ...headers, "retry-after": retryAfter, connection: "close" })
        .end(body);
      return Promise.resolve();
    },
  };
}
