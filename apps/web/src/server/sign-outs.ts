import type { IncomingHttpHeaders } from "node:http";
import { isSigned, type KeyRing, sign } from "@automna/control-plane";
import { cookiesNamed, setCookie, type OwnCookie } from "./own-cookies.ts";

/** A sign-in that was seen to be over. */
interface SightedSignOut {
  readonly sessionId: string;
  /** The `Set-Cookie` that ends the sightings. */
  readonly forgetCookie: string;
}

/**
 * Ends what was granted to a sign-in when that is over. Clerk tells so by a webhook, later or not at all; a browser
 * that opened a gateway and comes back signed out tells so at once.
 */
export interface SignOuts {
  /** The `Set-Cookie` by which the app's origin remembers in which sign-in a gateway was opened, if that can end. */
  mark(sessionId: string, appOrigin: string): string | null;
  /** The sign-in that these headers show to be over. */
  sighted(headers: IncomingHttpHeaders): SightedSignOut | null;
  /** Tells everybody, in every process. */
  end(sessionId: string): Promise<void>;
}

export interface SignOutsOptions {
  readonly identity: "clerk" | "local";
  readonly keyRing: KeyRing;
  readonly end: (sessionId: string) => Promise<void>;
}

const PLAIN = "automna_opened";
const SECURE = `__Host-${PLAIN}`;
/** As long as a visit to a gateway can last. */
const KEPT_MS = 12 * 3_600_000;

export function createSignOuts({ identity, keyRing, end }: SignOutsOptions): SignOuts {
  // The one local user neither signs in nor out.
  if (identity === "local") return { mark: () => null, sighted: () => null, end };
  const purpose = (name: string) => `${PLAIN} ${name}`;
  return {
    mark(sessionId, appOrigin) {
      const name = encodeURIComponent(sessionId).replaceAll(".", "%2E");
      const isSecure = appOrigin.startsWith("https:");
      return setCookie(cookieFor(isSecure), `${name}.${sign(keyRing, purpose(name))}`, KEPT_MS);
    },
    sighted({ cookie, authorization }) {
      if (authorization !== undefined || !cookie?.includes(PLAIN) || showsSession(cookie)) return null;
      for (const isSecure of [true, false]) {
        for (const value of cookiesNamed(cookie, isSecure ? SECURE : PLAIN)) {
          const dot = value.indexOf(".");
          const name = value.slice(0, dot);
          if (dot !== -1 && isSigned(keyRing, purpose(name), value.slice(dot + 1)))
            return {
              sessionId: decodeURIComponent(name),
              forgetCookie: setCookie(cookieFor(isSecure), "", 0),
            };
        }
      }
      return null;
    },
    end,
  };
}

function cookieFor(isSecure: boolean): OwnCookie {
  const attributes = "Path=/; HttpOnly; SameSite=Lax";
  return isSecure ? { name: SECURE, attributes: `${attributes}; Secure` } : { name: PLAIN, attributes };
}

/** Clerk keeps a session's token and, for as long as somebody is signed in, the time of the last change. */
function showsSession(cookie: string): boolean {
  return cookie.split(";").some((pair) => {
    const [name = "", value = ""] = pair.trim().split("=");
    if (name.startsWith("__session")) return value !== "";
    return name.startsWith("__client_uat") && value !== "" && value !== "0";
  });
}
