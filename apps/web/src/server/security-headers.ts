import type { ClerkConfig } from "../identity-variables.ts";

export interface SecurityHeaderOptions {
  readonly production: boolean;
  /** The app is reached over TLS. */
  readonly secure: boolean;
  readonly clerk: ClerkConfig | null;
  /** A gateway elsewhere that the chat page may talk to. */
  readonly chatGatewayUrl?: string | null;
}

/** Headers of every response that the app itself gives, pages and API alike. */
export function securityHeaders({ secure }: Pick<SecurityHeaderOptions, "secure">): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), payment=(), usb=()",
    ...(secure ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

/**
 * For a gateway's own pages, on an origin of their own. They may say otherwise about themselves, except about who may
 * frame them and about the transport.
 */
export function gatewayPageHeaders({
  secure,
}: Pick<SecurityHeaderOptions, "secure">): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    ...(secure ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

/** The policy of a page. Next puts the nonce, which it reads from this very header, on each of its scripts. */
export function contentSecurityPolicy(nonce: string, options: SecurityHeaderOptions): string {
  const clerk = options.clerk ? clerkSources(options.clerk) : null;
  const directives: Record<string, string[]> = {
    "default-src": ["'self'"],
    // Next's development server evaluates code.
    "script-src": [
      "'self'",
      `'nonce-${nonce}'`,
      "'strict-dynamic'",
      ...(options.production ? [] : ["'unsafe-eval'"]),
    ],
    // Elements need the nonce in production; style attributes are what React renders for `style={{...}}`.
    "style-src": ["'self'", ...(options.production && !clerk ? [`'nonce-${nonce}'`] : ["'unsafe-inline'"])],
    "style-src-attr": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", ...(clerk ? ["https://img.clerk.com"] : [])],
    "font-src": ["'self'"],
    "media-src": ["'self'", "data:", "blob:"],
    "connect-src": [
      "'self'",
      ...(options.chatGatewayUrl ? [new URL(options.chatGatewayUrl).origin] : []),
      ...(clerk?.api ?? []),
    ],
    "worker-src": ["'self'", "blob:"],
    // A machine's screen: the one document of ours that may be framed.
    "frame-src": ["'self'", ...(clerk ? ["https://challenges.cloudflare.com"] : [])],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

/** A publishable key is `pk_(test|live)_` and the Frontend API's host with a `$`, in base64. */
function clerkSources({ publishableKey, proxyUrl }: ClerkConfig): { api: string[] } {
  const host = Buffer.from(publishableKey.split("_").at(-1) ?? "", "base64")
    .toString("latin1")
    .replace(/\$$/, "");
  const api = /^[a-z0-9.-]+$/i.test(host) ? [`https://${host}`] : [];
  return { api: proxyUrl ? [...api, new URL(proxyUrl).origin] : api };
}

/**
 * For responses of a gateway on the app's origin: whatever it sends, a browser that shows it as a page runs
 * nothing of it, and gives it no origin.
 */
export const GATEWAY_CONTENT_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** The nonce in a policy made by {@link contentSecurityPolicy}, for components that add scripts of their own. */
export function nonceOf(policy: string | null): string | undefined {
  return /'nonce-([^']+)'/.exec(policy ?? "")?.[1];
}
