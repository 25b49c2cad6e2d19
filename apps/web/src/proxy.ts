import { clerkMiddleware } from "@clerk/nextjs/server";
import { type NextFetchEvent, type NextRequest, NextResponse } from "next/server";
import { webContext } from "./server/context.ts";

const withClerk = clerkMiddleware(
  () => Promise.resolve(),
  () => {
    const { identity, policy } = webContext();
    if (identity.kind !== "clerk") throw new Error("Clerk was asked without its keys.");
    const { publishableKey, secretKey, jwtKey, proxyUrl } = identity.clerk;
    return {
      publishableKey,
      secretKey,
      authorizedParties: [...policy.origins],
      ...(jwtKey ? { jwtKey } : {}),
      ...(proxyUrl ? { proxyUrl } : {}),
    };
  },
);

/** Keeps Clerk's session fresh; without Clerk there is nothing to do. Nothing is authorised here. */
export default function proxy(request: NextRequest, event: NextFetchEvent) {
  return webContext().identity.kind === "clerk" ? withClerk(request, event) : NextResponse.next();
}

export const config = { matcher: ["/((?!_next/|.*\\.(?:css|js|png|ico|svg|woff2)$).*)"] };
