import { modelRef } from "./core.ts";
import type { Core } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import { statePath } from "./health.ts";
import { stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Method } from "./request.ts";
import { canonicalKey, openSession, sessionModel } from "./session.ts";
import type { Session } from "./session.ts";
import { sessionChanged } from "./session-events.ts";
import { THINKING_LEVELS } from "./slash-commands.ts";
import { entry, resolved } from "./session-entry.ts";

/** What is wrong with a patch, in the words of each product. */
export function patchProblem(
  core: Core,
  key: string,
  session: Session | undefined,
  params: JsonObject,
): string | undefined {
  const label = params["label"];
  if (
    typeof label === "string" &&
    [...core.disk.sessions.values()].some((other) => other.key !== key && other.settings.label === label)
  )
    return `label already in use: ${label}`;
  const level = params["thinkingLevel"];
  const model = sessionModel(core, session);
  if (typeof level === "string") {
    const supported = core.version === 3 || model.reasoning ? THINKING_LEVELS : ["off"];
    if (!THINKING_LEVELS.includes(level)) return `invalid thinkingLevel (use ${supported.join("|")})`;
    if (!supported.includes(level))
      return `thinkingLevel "${level}" is not supported for ${model.ref} (use ${supported.join("|")})`;
  }
  const wanted = params["model"];
  if (
    core.version === 4 &&
    typeof wanted === "string" &&
    !core.settings.models.some((item) => modelRef(item) === wanted)
  ) {
    const provider = wanted.split("/")[0] ?? wanted;
    return core.settings.models.some((item) => item.provider === provider)
      ? `Unknown model "${wanted}". Use /models to list models.`
      : `Unknown provider "${provider}". Use /models to list providers.`;
  }
  return undefined;
}

export const SETTINGS = ["label", "thinkingLevel", "verboseLevel", "reasoningLevel", "model"] as const;

function markRead(core: Core, session: Session, unread: JsonObject[string] | undefined): void {
  if (unread === true) session.markedUnreadAt = core.clock.now();
  // What a person marked by hand is not read by the way.
  else if (unread === false && session.markedUnreadAt === undefined) session.lastReadAt = core.clock.now();
}

export const sessionsPatch: Method = ({ core, params }) => {
  const key = canonicalKey(core, stringAt(params, "key") ?? "");
  const problem = patchProblem(core, key, core.disk.sessions.get(key), params);
  if (problem) return invalid(problem);
  const known = core.disk.sessions.has(key);
  const session = openSession(core, key, "patch");
  for (const name of SETTINGS) {
    const value = params[name];
    if (value === null) delete session.settings[name];
    else if (typeof value === "string") session.settings[name] = value;
  }
  for (const name of ["archived", "pinned"] as const) {
    const value = params[name];
    if (typeof value === "boolean") session[name] = value;
  }
  markRead(core, session, params["unread"]);
  session.updatedAt = core.clock.now();
  sessionChanged(core, session, { reason: "patch" });
  return reply({
    ok: true,
    path: statePath(core),
    key,
    entry: {
      ...entry(core, session),
      ...(core.version === 4 && known && !session.used ? { delivery: { kind: "none" } } : {}),
    },
    ...(core.version === 4 ? { resolved: resolved(core, session, true, params["model"] !== undefined) } : {}),
  });
};
