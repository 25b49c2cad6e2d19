import { approvalReplay } from "./approvals.ts";
import { reply } from "./gateway-error.ts";
import { stringAt } from "./json.ts";
import type { Method } from "./request.ts";
import { canonicalKey } from "./session.ts";
import { listed } from "./session-methods.ts";

export const sessionsSubscribe: Method = ({ core, client, params }) => {
  client.watchesList = true;
  return reply({ subscribed: true, ...(Object.keys(params).length ? { list: listed(core, params) } : {}) });
};

export const sessionsUnsubscribe: Method = ({ client }) => {
  client.watchesList = false;
  return reply({ subscribed: false });
};

export const messagesSubscribe: Method = ({ core, client, params }) => {
  const key = canonicalKey(core, stringAt(params, "key") ?? "");
  const replay = params["includeApprovals"] === true ? approvalReplay(core, client, key) : null;
  if (replay === undefined)
    return { ok: false, error: { code: "UNAVAILABLE", message: "session approval replay unavailable" } };
  client.watchedSessions.add(key);
  if (replay === null) return reply({ subscribed: true, key });
  client.watchedApprovals.add(key);
  return reply({ subscribed: true, key, approvalReplay: replay });
};

export const messagesUnsubscribe: Method = ({ core, client, params }) => {
  const key = canonicalKey(core, stringAt(params, "key") ?? "");
  client.watchedSessions.delete(key);
  client.watchedApprovals.delete(key);
  return reply({ subscribed: false, key });
};
