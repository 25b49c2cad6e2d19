import { createHmac, timingSafeEqual } from "node:crypto";

/** What a router carries in a cookie after it asked once who a visitor is: user, instance and expiry, signed. */
export function signVerdict(userId: string, instanceId: string, expiresAt: number, key: string): string {
  const claim = `${userId}.${instanceId}.${expiresAt}`;
  return `${claim}.${createHmac("sha256", key).update(claim).digest("base64url")}`;
}

const MAX_KNOWN = 10_000;

/** Checks verdicts. One that was checked before is remembered until it expires, so it costs a look-up. */
export function createVerdictCheck(
  key: string,
): (cookie: string | undefined, instanceId: string, now: number) => boolean {
  const known = new Map<string, { instanceId: string; expiresAt: number }>();

  return (cookie, instanceId, now) => {
    const value = verdictIn(cookie);
    if (value === undefined) return false;
    let verdict = known.get(value);
    if (!verdict) {
      const [userId = "", instance = "", expiry = ""] = value.split(".");
      const signed = Buffer.from(signVerdict(userId, instance, Number(expiry), key));
      const given = Buffer.from(value);
      if (signed.length !== given.length || !timingSafeEqual(signed, given)) return false;
      verdict = { instanceId: instance, expiresAt: Number(expiry) };
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(value, verdict);
    }
    return verdict.instanceId === instanceId && verdict.expiresAt > now;
  };
}

function verdictIn(cookie: string | undefined): string | undefined {
  if (cookie === undefined) return undefined;
  const at = cookie.startsWith("verdict=") ? 0 : cookie.indexOf("; verdict=") + 2;
  if (at === 1) return undefined;
  const end = cookie.indexOf(";", at);
  return cookie.slice(at + "verdict=".length, end === -1 ? undefined : end);
}
