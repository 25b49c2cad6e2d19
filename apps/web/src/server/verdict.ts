import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isSigned, type KeyRing, sign } from "@automna/control-plane";
import * as v from "valibot";

/**
 * What a browser carries so that nobody has to be asked again: this person may use this gateway. It names everything
 * that it depends on, so that it dies with any of it.
 */
export interface Verdict {
  readonly instanceId: string;
  readonly clerkId: string;
  /** The sign-in that it was granted to. */
  readonly sessionId: string;
  /** The gateway's owner and token of that moment. */
  readonly generation: string;
  /** A digest of the credentials beside which alone it counts; empty where there are none, on a gateway's own origin. */
  readonly binding: string;
  /** When the sign-in was last seen to be alive, in milliseconds since the epoch. */
  readonly checkedAt: number;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
}

const verdictSchema = v.strictObject({
  instanceId: v.string(),
  clerkId: v.string(),
  sessionId: v.string(),
  generation: v.string(),
  binding: v.string(),
  checkedAt: v.number(),
  expiresAt: v.number(),
});

/** Longer than any that we write. */
const MAX_LENGTH = 1_024;
const MAX_KNOWN = 10_000;

/** A verdict as a cookie's value: its content and our signature. */
export function writeVerdict(ring: KeyRing, verdict: Verdict): string {
  const content = Buffer.from(JSON.stringify(verdict)).toString("base64url");
  return `${content}.${sign(ring, content)}`;
}

/** Reads verdicts that we signed, and remembers them: a known one costs a look-up. Whether one still holds is not said. */
export function createVerdictReader(ring: KeyRing): (value: string) => Verdict | null {
  const known = new Map<string, Verdict>();
  return (value) => {
    const before = known.get(value);
    if (before) return before;
    const verdict = readVerdict(ring, value);
    if (!verdict) return null;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(value, verdict);
    return verdict;
  };
}

function readVerdict(ring: KeyRing, value: string): Verdict | null {
  const dot = value.indexOf(".");
  if (dot === -1 || value.length > MAX_LENGTH) return null;
  const content = value.slice(0, dot);
  if (!isSigned(ring, content, value.slice(dot + 1))) return null;
  return v.parse(verdictSchema, JSON.parse(Buffer.from(content, "base64url").toString("utf8")));
}

/**
 * A digest of what a browser shows for its session. Clerk takes the session's cookie away when somebody signs out and
 * replaces it every minute: a verdict that is bound to it goes with it.
 */
export function credentialBinding(headers: {
  readonly cookie?: string | undefined;
  readonly authorization?: string | undefined;
}): string {
  const cookies = (headers.cookie ?? "").split(";").flatMap((pair) => {
    const trimmed = pair.trim();
    return trimmed.startsWith("__session") || trimmed.startsWith("__client_uat") ? [trimmed] : [];
  });
  return hash("sha256", JSON.stringify([headers.authorization ?? "", ...cookies]), "base64url").slice(0, 22);
}

/**
 * {@link credentialBinding}, remembered for each connection: one browser's requests mostly show the same. An upgrade is
 * its connection's last request, and a WebSocket should not keep its cookies for hours.
 */
export function createBindingReader(): (req: Pick<IncomingMessage, "headers" | "socket">) => string {
  const known = new WeakMap<object, { cookie?: string; authorization?: string; binding: string }>();
  return ({ headers, socket }) => {
    if (headers.upgrade !== undefined) {
      known.delete(socket);
      return credentialBinding(headers);
    }
    const before = known.get(socket);
    const { cookie, authorization } = headers;
    if (before && before.cookie === cookie && before.authorization === authorization) return before.binding;
    const binding = credentialBinding(headers);
    known.set(socket, {
      binding,
      ...(cookie === undefined ? {} : { cookie }),
      ...(authorization === undefined ? {} : { authorization }),
    });
    return binding;
  };
}
