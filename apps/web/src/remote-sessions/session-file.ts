import { readFile, stat } from "node:fs/promises";
import * as v from "valibot";
import { checkInput } from "../checked-input.ts";

/** A machine with a screen, and whose it is. */
export interface RemoteSession {
  readonly id: string;
  /** The identity provider's id of its owner; `local` without Clerk. */
  readonly owner: string;
  /** What runs on it. */
  readonly provider: string;
  readonly label: string;
  /** Origin of its websockify; null while the machine is being made. */
  readonly target: string | null;
  /** Path at which websockify answers. */
  readonly path: string;
  /** False: the certificate of an `https:` target is not checked. */
  readonly verifyCertificate: boolean;
}

/** Finds people's machines. */
export interface RemoteSessions {
  find(id: string): Promise<RemoteSession | null>;
  ofOwner(owner: string): Promise<readonly RemoteSession[]>;
}

/** Stands in URLs. */
export const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{5,63}$/;

/** Where nobody has a machine. */
export const NO_SESSIONS: RemoteSessions = {
  find: () => Promise.resolve(null),
  ofOwner: () => Promise.resolve([]),
};

const sessionSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(SESSION_ID, "must be 6 to 64 letters, digits, - or _")),
  owner: v.pipe(v.string(), v.nonEmpty()),
  provider: v.optional(v.pipe(v.string(), v.nonEmpty()), "claude-code"),
  label: v.optional(v.string()),
  target: v.optional(v.nullable(v.pipe(v.string(), v.check(isOrigin, "must be http://host:port"))), null),
  path: v.optional(v.pipe(v.string(), v.regex(/^\/[^?#\s]*$/, "must start with / and have no query")), "/"),
  verifyCertificate: v.optional(v.boolean(), true),
});

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

/** The file with the sessions cannot be used. */
class SessionFileError extends Error {
  override readonly name = "SessionFileError";
  readonly code = "remote-sessions-invalid";
}

/**
 * Sessions in a JSON file, which whoever makes machines writes. It is read anew when it has changed; while it cannot
 * be used the last good one is.
 *
 * @throws SessionFileError when it cannot be used at the start.
 */
export async function openSessionFile(
  file: string,
  onError: (error: unknown) => void,
): Promise<RemoteSessions> {
  let seen = await versionOf(file);
  let sessions = await readSessions(file);

  async function current(): Promise<ReadonlyMap<string, RemoteSession>> {
    try {
      const version = await versionOf(file);
      if (version !== seen) {
        seen = version;
        sessions = await readSessions(file);
      }
    } catch (error) {
      onError(error);
    }
    return sessions;
  }

  return {
    find: async (id) => (await current()).get(id) ?? null,
    ofOwner: async (owner) => [...(await current()).values()].filter((session) => session.owner === owner),
  };
}

async function versionOf(file: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true }).catch((cause: unknown) => {
    throw new SessionFileError(`REMOTE_SESSIONS names ${file}, which cannot be read.`, { cause });
  });
  return `${mtimeNs} ${size} ${ino}`;
}

async function readSessions(file: string): Promise<ReadonlyMap<string, RemoteSession>> {
  const listed = checkInput(v.array(sessionSchema), parseJson(await readFile(file, "utf8"), file), "it");
  if (!listed.ok) throw new SessionFileError(`${file} (REMOTE_SESSIONS): ${listed.wrong.join("; ")}.`);
  const sessions = listed.value.map((one) => ({ ...one, label: one.label ?? one.id }));
  const byId = new Map(sessions.map((session) => [session.id, session]));
  if (byId.size < sessions.length)
    throw new SessionFileError(`${file} (REMOTE_SESSIONS): every id may stand in it once.`);
  return byId;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SessionFileError(`${file} (REMOTE_SESSIONS) is not JSON.`, { cause });
  }
}
