import { createClerkClient } from "@clerk/backend";
import type { ClerkConfig, IdentityConfig } from "../identity-variables.ts";

/** Who is asking. */
export interface Identity {
  readonly kind: "clerk" | "local";
  /** Clerk's user id, or {@link LOCAL_USER}. */
  readonly clerkId: string;
  /** The sign-in: what is granted ends with it. */
  readonly sessionId: string;
  /** Until when this is known without asking again, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The id of the one person of an app without Clerk. */
export const LOCAL_USER = "local";

/** Nobody signs in, and so nobody signs out. */
const LOCAL_IDENTITY: Identity = {
  kind: "local",
  clerkId: LOCAL_USER,
  sessionId: LOCAL_USER,
  expiresAt: Number.POSITIVE_INFINITY,
};

/** Who sent these headers, or `null` when nobody is signed in. Pages, API and sockets all ask this one function. */
export type Identify = (headers: Headers, url: string) => Promise<Identity | null>;

/** @param origins The app's own: a session that was made for another origin is refused. */
export function createIdentify(config: IdentityConfig, origins: readonly string[]): Identify {
  if (config.kind === "local") return () => Promise.resolve(LOCAL_IDENTITY);
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
    if (!state.isAuthenticated) return null;
    const { userId: clerkId, sessionId, sessionClaims } = state.toAuth();
    return clerkId && sessionId
      ? { kind: "clerk", clerkId, sessionId, expiresAt: sessionClaims.exp * 1000 }
      : null;
  };
}

/** The same, but for sign-ins that are known to be over, although their token is still good: those are nobody. */
export function identifyUntilOver(
  identify: Identify,
  isSessionOver: (sessionId: string) => boolean | Promise<boolean>,
): Identify {
  return async (headers, url) => {
    const identity = await identify(headers, url);
    // The one local user neither signs in nor out.
    if (identity?.kind !== "clerk") return identity;
    return (await isSessionOver(identity.sessionId)) ? null : identity;
  };
}

/** Whether a sign-in still lasts, for requests that do not carry it. Rejects when that cannot be found out. */
export type SessionCheck = (sessionId: string) => Promise<boolean>;

export function createSessionCheck(config: IdentityConfig): SessionCheck {
  if (config.kind === "local") return (sessionId) => Promise.resolve(sessionId === LOCAL_USER);
  const { secretKey } = config.clerk;
  const client = createClerkClient({ secretKey, telemetry: { disabled: true } });
  return async (sessionId) => {
    try {
      return (await client.sessions.getSession(sessionId)).status === "active";
    } catch (error) {
      if (error instanceof Error && "status" in error && error.status === 404) return false;
      throw error;
    }
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
