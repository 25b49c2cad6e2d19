import { createClerkClient } from "@clerk/backend";
import type { ClerkConfig, IdentityConfig } from "../config.ts";

/** Who is asking. */
interface Identity {
  readonly kind: "clerk" | "local";
  /** Clerk's user id, or {@link LOCAL_USER}. */
  readonly clerkId: string;
}

/** The id of the one person of an app without Clerk. */
export const LOCAL_USER = "local";

/** Who sent these headers, or `null` when nobody is signed in. Pages, API and sockets all ask this one function. */
export type Identify = (headers: Headers, url: string) => Promise<Identity | null>;

/** @param origins The app's own: a session that was made for another origin is refused. */
export function createIdentify(config: IdentityConfig, origins: readonly string[]): Identify {
  if (config.kind === "local") return () => Promise.resolve({ kind: "local", clerkId: LOCAL_USER });
  return identifyByClerk(config.clerk, origins);
}

function identifyByClerk(clerk: ClerkConfig, origins: readonly string[]): Identify {
  const { publishableKey, secretKey, jwtKey, proxyUrl } = clerk;
  const client = createClerkClient({ publishableKey, secretKey, telemetry: { disabled: true } });
  const options = {
    authorizedParties: [...origins],
    ...(jwtKey ? { jwtKey } : {}),
    ...(proxyUrl ? { proxyUrl } : {}),
  };
  return async (headers, url) => {
    const state = await client.authenticateRequest(new Request(url, { headers }), options);
    const userId = state.isAuthenticated ? state.toAuth().userId : null;
    return userId ? { kind: "clerk", clerkId: userId } : null;
  };
}

const IDENTITY_HEADERS = [
  "authorization",
  "cookie",
  "host",
  "origin",
  "referer",
  "user-agent",
  "accept",
] as const;

/** The headers of a Node request that say who sent it. */
export function identityHeaders(headers: NodeJS.Dict<string | string[]>): Headers {
  const found = IDENTITY_HEADERS.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  return new Headers(found);
}
