import { clerkMiddleware } from "@clerk/nextjs/server";
import { type NextFetchEvent, type NextRequest, NextResponse } from "next/server";
import { webContext } from "./server/context.ts";

const withClerk = clerkMiddleware(
  () => Promise.resolve(),
  () => {
    const { identity, policy } = webContext();
    if (identity.kind !== "clerk") throw new Error("Clerk was asked without its keys.");
    const { publishableKey, jwtKey, proxyUrl } = identity.clerk;
    // Clerk takes the secret key from the environment; given here, it would want a key to encrypt it with.
    return {
      publishableKey,
      authorizedParties: [...policy.origins],
      ...(jwtKey ? { jwtKey } : {}),
      ...(proxyUrl ? { proxyUrl } : {}),
    };
  },
);

/** Renews Clerk's session cookies on page loads. Who may have something is decided where it is given. */
export default function proxy(request: NextRequest, event: NextFetchEvent) {
  const { pathname, searchParams } = request.nextUrl;
  if (pathname === "/chat" && searchParams.has("token")) return withoutToken(request);
  return webContext().identity.kind === "clerk" ? withClerk(request, event) : NextResponse.next();
}

/**
 * A gateway's own token in the address: the browser keeps it behind the `#`, which no server, log or page sees, until
 * the page has read it and removed it there, too.
 */
function withoutToken({ nextUrl }: NextRequest): NextResponse {
  const { chatGatewayUrl, policy } = webContext();
  const clean = new URL("/chat", policy.originOf(nextUrl.host));
  const token = nextUrl.searchParams.get("token") ?? "";
  if (chatGatewayUrl !== null && token !== "") clean.hash = new URLSearchParams({ token }).toString();
  return NextResponse.redirect(clean, { status: 303, headers: { "cache-control": "no-store" } });
}

export const config = { matcher: ["/((?!_next/|api/|.*\\.(?:css|js|png|ico|svg|woff2)$).*)"] };
