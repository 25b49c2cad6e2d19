import type { KeyRing } from "@automna/control-plane";
import type { InstanceAccessRecord } from "@automna/control-plane/database";
import type { InstanceSite } from "./instance-origins.ts";
import { createVerdictReader, type Verdict, writeVerdict } from "./verdict.ts";
import { cookiesNamed, setCookie, verdictCookie, type VerdictCookieName } from "./own-cookies.ts";

/** Gives verdicts to browsers and finds them again. */
export interface Verdicts {
  /** False when no verdict can be among these cookies: then nothing has to be looked up. */
  mayBeIn(cookies: string | undefined): boolean;
  /** A verdict about this instance that still holds, as far as can be told without asking anybody. */
  find(site: InstanceSite, instance: InstanceAccessRecord, cookies: string | undefined): Verdict | undefined;
  /** The `Set-Cookie` that lets the instance's owner in until then, in milliseconds since the epoch. */
  give(site: InstanceSite, instance: InstanceAccessRecord, grant: VerdictGrant): string;
}

interface VerdictGrant {
  readonly sessionId: string;
  readonly binding: string;
  readonly until: number;
  /** When the sign-in was seen to last. Default: now. */
  readonly checkedAt?: number;
}

export function createVerdicts(bareName: VerdictCookieName, keyRing: KeyRing, now: () => number): Verdicts {
  const read = createVerdictReader(keyRing);
  return {
    mayBeIn: (cookies) => cookies?.includes(bareName) ?? false,
    find({ origin, subdomain }, instance, cookies) {
      const { name } = verdictCookie(bareName, origin, instance.id, subdomain !== null);
      for (const value of cookiesNamed(cookies, name)) {
        const verdict = read(value);
        if (verdict && verdict.expiresAt > now() && isAbout(verdict, instance)) return verdict;
      }
      return undefined;
    },
    give({ origin, subdomain }, { id: instanceId, clerkId, generation }, grant) {
      const { sessionId, binding, until, checkedAt = now() } = grant;
      const verdict = { instanceId, clerkId, sessionId, generation, binding, checkedAt, expiresAt: until };
      const cookie = verdictCookie(bareName, origin, instanceId, subdomain !== null);
      return setCookie(cookie, writeVerdict(keyRing, verdict), until - now());
    },
  };
}

function isAbout(verdict: Verdict, { id, clerkId, generation }: InstanceAccessRecord): boolean {
  return verdict.instanceId === id && verdict.clerkId === clerkId && verdict.generation === generation;
}
