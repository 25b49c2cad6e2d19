/** How a cookie of ours is called and how far it goes. */
export interface OwnCookie {
  readonly name: string;
  readonly attributes: string;
}

/** What the app's own cookies are called; no gateway gets one, and none can set one. */
export const OWN_COOKIES: readonly string[] = ["automna_*", "__Secure-automna_*", "__Host-automna_*"];

/** Cookies do not tell ports apart: the two kinds of origin may share a host, and must not share a name. */
export type VerdictCookieName = "automna_verdict" | "automna_visit";

/**
 * On an origin that several gateways share, the cookie is sent below `/i/{id}` only. Where a gateway has a host of its
 * own it goes to that host and, over TLS, can be set by no other. `Lax`, because the navigation that follows a launch
 * began on the app's site.
 */
export function verdictCookie(
  bareName: VerdictCookieName,
  origin: string,
  instanceId: string,
  ownHost: boolean,
): OwnCookie {
  const secure = origin.startsWith("https:");
  const prefix = secure ? (ownHost ? "__Host-" : "__Secure-") : "";
  const path = ownHost ? "/" : `/i/${instanceId}`;
  return {
    name: `${prefix}${bareName}`,
    attributes: `Path=${path}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`,
  };
}

export function setCookie({ name, attributes }: OwnCookie, value: string, maxAgeMs: number): string {
  return `${name}=${value}; Max-Age=${Math.max(0, Math.ceil(maxAgeMs / 1000))}; ${attributes}`;
}

/** Every value under this name: a page that shares the path may have added one of its own. */
export function cookiesNamed(header: string | undefined, name: string): string[] {
  const values: string[] = [];
  if (header === undefined) return values;
  const mark = `${name}=`;
  for (let at = header.indexOf(mark); at !== -1; at = header.indexOf(mark, at + mark.length)) {
    if (!/(?:^|;)\s*$/.test(header.slice(Math.max(0, at - 8), at))) continue;
    const end = header.indexOf(";", at);
    values.push(header.slice(at + mark.length, end === -1 ? undefined : end).trimEnd());
  }
  return values;
}
