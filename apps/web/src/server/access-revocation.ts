import type { Proxy } from "@automna/proxy";
import type { AccessFacts } from "./access-facts.ts";
import type { AccessNewsItem } from "./access-news.ts";
import { INSTANCE_ID } from "./instance-id.ts";

/** Ends what is open by a right that is gone: a sign-in that is over, a gateway that is somebody else's now. */
export interface AccessRevocation {
  hear(item: AccessNewsItem): void;
}

export interface AccessRevocationOptions {
  readonly proxy: Pick<Proxy, "revoke">;
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

export function createAccessRevocation(options: AccessRevocationOptions): AccessRevocation {
  const { proxy, facts, isLive, onError } = options;

  function endSession(sessionId: string): void {
    proxy.revoke(({ grant }) => grant?.split(" ")[0] === sessionId);
  }

  async function reviewInstance(id: string): Promise<void> {
    const instance = await facts.instance(id);
    proxy.revoke(({ routeId, grant }) => routeId === id && grant?.split(" ")[1] !== instance?.clerkId);
  }

  /** Something may have been missed: everything that is open is looked at again. */
  async function reviewAll(): Promise<void> {
    const sessions = new Set<string>();
    const instances = new Set<string>();
    proxy.revoke(({ routeId, grant = "" }) => {
      // Other routes, such as those to people's machines, are no gateway's.
      if (INSTANCE_ID.test(routeId)) instances.add(routeId);
      sessions.add(grant.split(" ")[0] ?? "");
      return false;
    });
    for (const session of sessions) if (await facts.isSessionOver(session)) endSession(session);
    for (const id of instances) await reviewInstance(id);
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
