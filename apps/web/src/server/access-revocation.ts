import type { Proxy } from "@automna/proxy";
import type { AccessFacts } from "./access-facts.ts";
import type { AccessNewsItem } from "./access-news.ts";
import type { EventStreams } from "./event-streams.ts";
import { INSTANCE_ID } from "./instance-id.ts";

/** Ends what is open by a right that is gone: a sign-in that is over, a gateway that is somebody else's now. */
export interface AccessRevocation {
  hear(item: AccessNewsItem): void;
}

export interface AccessRevocationOptions {
  readonly proxy: Pick<Proxy, "revoke" | "exchanges">;
  readonly streams: Pick<EventStreams, "sessions" | "endSession">;
  readonly facts: AccessFacts;
  readonly isLive: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** By whose right an exchange is open. */
export interface Grantee {
  readonly sessionId: string;
  readonly clerkId: string;
}

/** A new token is no reason to end what is open: the gateway itself sees to that. */
export function grantName({ sessionId, clerkId }: Grantee): string {
  return `${sessionId} ${clerkId}`;
}

/** The sign-ins by which something is open here. */
export function openSessions({
  proxy,
  streams,
}: Pick<AccessRevocationOptions, "proxy" | "streams">): ReadonlySet<string> {
  const forwarded = proxy.exchanges().flatMap(({ grant }) => (grant === undefined ? [] : [sessionOf(grant)]));
  return new Set([...forwarded, ...streams.sessions()]);
}

function sessionOf(grant: string): string {
  return grant.slice(0, grant.indexOf(" "));
}

export function createAccessRevocation(options: AccessRevocationOptions): AccessRevocation {
  const { proxy, streams, facts, isLive, onError } = options;

  function endSession(sessionId: string): void {
    streams.endSession(sessionId);
    proxy.revoke(({ grant }) => grant !== undefined && sessionOf(grant) === sessionId);
  }

  async function reviewInstance(id: string): Promise<void> {
    const instance = await facts.instance(id);
    proxy.revoke(({ routeId, grant }) => routeId === id && grant?.split(" ")[1] !== instance?.clerkId);
  }

  /** Something may have been missed: everything that is open is looked at again. */
  async function reviewAll(): Promise<void> {
    const instances = new Set(proxy.exchanges().map(({ routeId }) => routeId));
    for (const session of openSessions(options)) if (await facts.isSessionOver(session)) endSession(session);
    // Other routes, such as those to people's machines, are no gateway's.
    for (const id of instances) if (INSTANCE_ID.test(id)) await reviewInstance(id);
  }

  return {
    hear(item) {
      switch (item.kind) {
        case "session":
          endSession(item.id);
          break;
        case "instance":
          reviewInstance(item.id).catch(onError);
          break;
        case "gap":
          if (isLive()) reviewAll().catch(onError);
      }
    },
  };
}
