import { connectShape, requestShape } from "./accepted-connect.ts";
import { paramsShape } from "./accepted-params.ts";
import { admit } from "./admission.ts";
import type { Admitted } from "./admission-claim.ts";
import type { Client, Core } from "./core.ts";
import { invalid } from "./gateway-error.ts";
import type { Reply, WireError } from "./gateway-error.ts";
import { emitHealth } from "./health.ts";
import { hello } from "./hello.ts";
import { isJsonObject, objectAt, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { methodOf, unknownMethod } from "./methods.ts";
import type { Peer, ServerConnection } from "./options.ts";
import { complaints } from "./param-shapes.ts";
import { announceClient, clientLeft, emitPresence } from "./presence.ts";
import { hasScope, neededScope } from "./scopes.ts";
import type { Wire } from "./wire.ts";

/** The server's side of one socket. */
export type Connection = ServerConnection & {
  readonly admitted: boolean;
  /** Says hello first, as both gateways do. */
  challenge(): void;
  shut(code: number, reason: string): void;
  /** The TCP connection is gone. */
  lose(): void;
  freeze(): void;
};

type Phase =
  | { name: "challenged"; nonce: string }
  | { name: "admitted"; client: Client }
  | { name: "closed" };

/** The server's side, waiting for `connect`. */
export function openConnection(
  core: Core,
  peer: Peer,
  number: number,
  wire: Wire,
  gone: () => void,
): Connection {
  const nonce = core.random.uuid();
  let phase: Phase = { name: "challenged", nonce };
  let eventSeq = 0;

  const respond = (id: string, answer: Reply, method: string | undefined) => {
    const frame: JsonObject = answer.ok
      ? { type: "res", id, ok: true, payload: answer.payload }
      : { type: "res", id, ok: false, error: { ...answer.error } };
    wire.respond(frame, method);
  };
  const end = () => {
    if (phase.name === "closed") return;
    const left = phase.name === "admitted" ? phase.client : undefined;
    phase = { name: "closed" };
    core.cancel(handshakeTimer);
    gone();
    if (left) {
      core.clients.delete(left);
      clientLeft(core, left);
    }
  };
  const shut = (code: number, reason: string) => {
    if (phase.name === "closed") return;
    end();
    wire.close(code, reason);
  };
  const handshakeTimer = core.later(core.settings.timing.handshakeMs, () => {
    if (phase.name === "challenged") shut(1000, "");
  });

  const refuse = (id: string, error: WireError, code: number, reason: string) => {
    respond(id, { ok: false, error }, "connect");
    shut(code, reason);
  };

  const welcome = (id: string, params: JsonObject, admitted: Admitted) => {
    core.cancel(handshakeTimer);
    const described = objectAt(params, "client") ?? {};
    const connId = core.random.uuid();
    const client: Client = {
      number,
      connId,
      clientId: stringAt(described, "id") ?? "",
      mode: stringAt(described, "mode") ?? "",
      scopes: admitted.scopes,
      caps: Array.isArray(params["caps"])
        ? params["caps"].filter((cap): cap is string => typeof cap === "string")
        : [],
      deviceId: admitted.device?.id,
      presenceKey:
        admitted.device?.id ?? stringAt(described, "instanceId") ?? (core.version === 3 ? connId : undefined),
      profileId: admitted.profileId,
      watchedSessions: new Set(),
      watchedApprovals: new Set(),
      watchesList: false,
      sendEvent: (event, payload, extras) => {
        const seq = core.version === 3 ? core.memory.eventSeq : ++eventSeq;
        const profile = core.version === 4 ? { recipientProfileId: admitted.profileId } : {};
        wire.send({ type: "event", event, payload, seq, ...extras, ...profile });
      },
    };
    announceClient(core, client, {
      version: stringAt(described, "version") ?? "",
      platform: stringAt(described, "platform") ?? "",
    });
    phase = { name: "admitted", client };
    respond(id, { ok: true, payload: hello(core, client, admitted) }, "connect");
    core.clients.add(client);
    if (core.version === 3) emitHealth(core);
    else if (client.presenceKey) emitPresence(core);
  };

  const handshake = (frame: unknown, size: number) => {
    if (size > core.settings.limits.maxHandshakePayload) return shut(1009, "");
    if (frame === undefined) return shut(1000, "");
    if (!isJsonObject(frame) || complaints(requestShape(core.version), frame, core.version).length > 0)
      return shut(1008, "invalid request frame");
    const id = stringAt(frame, "id") ?? "";
    if (frame["method"] !== "connect") {
      const message = "invalid handshake: first request must be connect";
      return refuse(id, { code: "INVALID_REQUEST", message }, 1008, message);
    }
    const wrong = complaints(connectShape(core.version), frame["params"] ?? {}, core.version);
    if (wrong.length > 0) {
      const message = `invalid connect params: ${[...new Set(wrong)].join("; ")}`;
      return refuse(id, { code: "INVALID_REQUEST", message }, 1008, message);
    }
    const params = objectAt(frame, "params") ?? {};
    if (core.status === "starting") {
      const error: WireError = {
        code: "UNAVAILABLE",
        message: "gateway starting; retry shortly",
        retryable: true,
        retryAfterMs: 500,
        details: { reason: "startup-sidecars" },
      };
      return refuse(id, error, 1013, "gateway starting");
    }
    const verdict = admit(core, params, peer, nonce);
    if ("error" in verdict) return refuse(id, verdict.error, verdict.code, verdict.reason);
    return welcome(id, params, verdict);
  };

  const request = (client: Client, frame: unknown, size: number) => {
    if (size > core.settings.limits.maxPayload) return shut(1009, "");
    if (frame === undefined) return undefined;
    const wrong = complaints(requestShape(core.version), frame, core.version);
    if (wrong.length > 0 || !isJsonObject(frame)) {
      const id = isJsonObject(frame) ? stringAt(frame, "id") : undefined;
      const message = `invalid request frame: ${describeFrame(wrong).join("; ")}`;
      return respond(id ?? "invalid", invalid(message), undefined);
    }
    const id = stringAt(frame, "id") ?? "";
    const method = stringAt(frame, "method") ?? "";
    const answer = judge(core, client, method, frame["params"], (later) => {
      if (phase.name === "admitted") respond(id, later, method);
    });
    if (answer) respond(id, answer, method);
    return undefined;
  };

  return {
    number,
    challenge: () => {
      const capabilities = core.version === 4 ? { capabilities: ["model-catalog-snapshot"] } : {};
      wire.send({
        type: "event",
        event: "connect.challenge",
        payload: { nonce, ts: core.clock.now(), ...capabilities },
      });
    },
    get admitted() {
      return phase.name === "admitted";
    },
    receive: (data) => {
      if (phase.name === "closed") return;
      const text = typeof data === "string" ? data : new TextDecoder().decode(data);
      const size = typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
      wire.receive(parsed(text), (frame) => {
        if (phase.name === "challenged") handshake(frame, size);
        else if (phase.name === "admitted") request(phase.client, frame, size);
      });
    },
    closed: () => {
      wire.gone();
      end();
    },
    shut,
    lose: () => {
      end();
      wire.terminate();
    },
    freeze: () => wire.freeze(),
  };
}

/** The JSON of a frame; undefined when it is not JSON. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Frame complaints name the constant `req` in both versions. */
const describeFrame = (wrong: readonly string[]): string[] =>
  wrong
    .filter((text) => text !== "at /type: must match a schema in anyOf")
    .map((text) =>
      text === "at /type: must be equal to one of the allowed values"
        ? "at /type: must be equal to constant"
        : text,
    );

/** Authorization first, then the method, then its params: the order of both products. */
function judge(
  core: Core,
  client: Client,
  method: string,
  params: unknown,
  answerLater: (reply: Reply) => void,
): Reply | undefined {
  const needed = neededScope(core.version, method, params);
  if (!hasScope(client.scopes, needed)) return missingScope(core, needed);
  if (core.status === "draining") return unavailable(method);
  if (method === "connect") return invalid("connect is only valid as the first request");
  const found = methodOf(core, method);
  if (!found) return unknownMethod(method);
  const given = params ?? {};
  if (
    core.version === 4 &&
    method === "chat.send" &&
    (!isJsonObject(given) || given["sessionKey"] === undefined)
  ) {
    return invalid("session mutation target is unavailable", {
      code: "SESSION_MUTATION_TARGET_REQUIRED",
      method,
    });
  }
  const shape = paramsShape(core.version, method);
  const wrong = shape ? complaints(shape, given, core.version) : [];
  if (wrong.length > 0) return invalid(`invalid ${method} params: ${wrong.join("; ")}`);
  return found({ core, client, method, params: isJsonObject(given) ? given : {}, answerLater });
}

function missingScope(core: Core, scope: string): Reply {
  const message = `missing scope: ${scope}`;
  if (core.version === 3) return invalid(message);
  return {
    ok: false,
    error: {
      code: "FORBIDDEN",
      message,
      details: { code: "MISSING_SCOPE", missingScope: scope, requiredScopes: [scope] },
    },
  };
}

const unavailable = (method: string): Reply => ({
  ok: false,
  error: {
    code: "UNAVAILABLE",
    message: `${method} unavailable during gateway restart`,
    retryable: true,
    retryAfterMs: 1000,
    details: { method, reason: "gateway-restarting", phase: "accepting" },
  },
});
