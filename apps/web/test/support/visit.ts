import { ask, type Answer, type Front, subdomainOf } from "./front.ts";

/** The port at which gateways' own pages are served. */
export function portOf(front: Front): number {
  return front.origins.hostRules.length > 0 ? front.port : front.instancePort;
}

/** The host under which a gateway's own pages are. */
export function hostOf(front: Front, subdomain: string): string {
  return new URL(front.origins.originFor(subdomain, front.policy.originOf(undefined)) ?? "").host;
}

/** The address that somebody is sent to who opens a gateway of theirs. */
export async function launch(
  front: Front,
  clerkId: string,
  instanceId: string,
  sessionId = `sess_${clerkId}`,
): Promise<URL> {
  const appOrigin = front.policy.originOf(undefined);
  const outcome = await front.gate.launches.launch({ instanceId, clerkId, sessionId, path: "/", appOrigin });
  if (outcome.status !== "ready") throw new Error(`No launch: ${outcome.status}`);
  return new URL(outcome.url);
}

/** What a browser gets that opens such an address. */
export function openVisit(front: Front, url: URL): Promise<Answer> {
  return ask(portOf(front), `${url.pathname}${url.search}`, { headers: { host: url.host } });
}

/** The cookie with which a browser goes on after it has opened a gateway, and where. */
export async function visit(
  front: Front,
  clerkId: string,
  instanceId: string,
  sessionId?: string,
): Promise<{ host: string; origin: string; cookie: string }> {
  const url = await launch(front, clerkId, instanceId, sessionId);
  const { headers } = await openVisit(front, url);
  const cookie = headers["set-cookie"]?.[0]?.split(";")[0];
  if (!cookie) throw new Error(`No cookie for a visit to ${subdomainOf(instanceId)}`);
  return { host: url.host, origin: url.origin, cookie };
}
