import { refuse } from "./admission-claim.ts";
import type { Admitted, Claim, Refused } from "./admission-claim.ts";
import { admitV3 } from "./admission-v3.ts";
import { admitV4 } from "./admission-v4.ts";
import type { Core } from "./core.ts";
import { numberAt, objectAt, stringAt, stringsAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Peer } from "./options.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

/** Judges a well-formed `connect` the way each product does. */
export function admit(core: Core, params: JsonObject, peer: Peer, nonce: string): Admitted | Refused {
  const client = objectAt(params, "client") ?? {};
  const claim: Claim = {
    peer,
    clientId: stringAt(client, "id") ?? "",
    mode: stringAt(client, "mode") ?? "",
    platform: stringAt(client, "platform") ?? "",
    deviceFamily: stringAt(client, "deviceFamily") ?? "",
    role: stringAt(params, "role") ?? "operator",
    asked: stringsAt(params, "scopes") ?? [],
    auth: objectAt(params, "auth") ?? {},
    device: objectAt(params, "device"),
    local: LOOPBACK.has(peer.address ?? "127.0.0.1"),
    origin: peer.headers?.["origin"],
    nonce,
  };
  const low = numberAt(params, "minProtocol") ?? 0;
  const high = numberAt(params, "maxProtocol") ?? 0;
  if (low > core.version || high < core.version)
    return refuse("protocol mismatch", protocolDetails(core, low, high), {}, 1002);
  if (claim.role !== "operator" && claim.role !== "node") return refuse("invalid role");
  return core.version === 3 ? admitV3(core, claim) : admitV4(core, claim);
}

function protocolDetails(core: Core, low: number, high: number): JsonObject {
  if (core.version === 3) return { expectedProtocol: 3 };
  return {
    code: "PROTOCOL_MISMATCH",
    clientMinProtocol: low,
    clientMaxProtocol: high,
    expectedProtocol: 4,
    minimumProbeProtocol: 3,
  };
}
