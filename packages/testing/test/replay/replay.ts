import { ed25519 } from "@noble/curves/ed25519.js";
import { createFakeGateway, virtualClock } from "../../src/index.ts";
import type { FakeGateway, FakeGatewayOptions, ServerConnection, VirtualClock } from "../../src/index.ts";
import { deviceIdOf, signedText } from "../../src/device-signature.ts";
import { isJsonObject, objectAt, stringAt, stringsAt } from "../../src/json.ts";
import type { JsonObject } from "../../src/json.ts";
import { recordedModel } from "./recorded-model.ts";
import type { Line, Recording } from "./recording.ts";

/** What one connection of the fake saw. */
export type Replayed = {
  frames: JsonObject[];
  close: { code: number; reason: string } | undefined;
  refused: boolean;
};

const WARM_UP_MS = 20_000;

type Live = Replayed & { server: ServerConnection | undefined; nonce: string };

/** Milestones of a recording after which clients acted: an answer, a first delta, the end of a run, a close. */
function milestonesOf(conn: number, frame: JsonObject): string[] {
  const payload = objectAt(frame, "payload");
  if (frame["type"] === "res") return [`${conn} answer ${stringAt(frame, "id") ?? ""}`];
  const runId = payload && stringAt(payload, "runId");
  if (frame["event"] !== "chat" || !payload || !runId)
    return frame["event"] === "connect.challenge" ? [`${conn} challenge`] : [];
  if (payload["state"] === "delta") return [`${conn} delta ${runId}`];
  return payload["state"] === "status" ? [] : [`${conn} end ${runId}`];
}

/** `catalogueRead`: somebody had asked the recorded gateway for its models before. */
export type ReplayOptions = FakeGatewayOptions & { catalogueRead?: boolean };

/** Most recordings were made with a gateway that had seen other clients before. */
async function warmUp(
  gateway: FakeGateway,
  clock: VirtualClock,
  keys: { secret: Uint8Array; publicKey: string; id: string },
  catalogueRead: boolean,
): Promise<void> {
  await clock.advanceAsync(WARM_UP_MS);
  let nonce = "";
  const server = gateway.connect({
    headers: { origin: "http://localhost" },
    send: (text) => (nonce ||= /"nonce":"([^"]+)"/.exec(text)?.[1] ?? ""),
    close: () => {},
    terminate: () => {},
  });
  const scopes = ["operator.read"];
  const withDevice = gateway.protocol === 4;
  const parts = {
    deviceId: keys.id,
    clientId: "webchat",
    clientMode: "webchat",
    role: "operator",
    scopes,
    signedAt: clock.now(),
    token: "test-token",
  };
  const signature = base64url(
    ed25519.sign(new TextEncoder().encode(signedText("v2", parts, [nonce])), keys.secret),
  );
  const device = { id: keys.id, publicKey: keys.publicKey, signature, signedAt: clock.now(), nonce };
  const client = { id: "webchat", version: "1.0.0", platform: "web", mode: "webchat" };
  const params = {
    minProtocol: 3,
    maxProtocol: 4,
    client,
    scopes,
    auth: { token: "test-token" },
    ...(withDevice ? { device } : {}),
  };
  server?.receive(JSON.stringify({ type: "req", id: "w1", method: "connect", params }));
  if (catalogueRead)
    server?.receive(JSON.stringify({ type: "req", id: "w2", method: "models.list", params: {} }));
  await clock.advanceAsync(0);
  server?.closed(1000, "bye");
}

/** Plays the client's side of a recording against a fake gateway, in virtual time. */
export async function replay(
  recording: Recording,
  { catalogueRead = false, ...options }: ReplayOptions,
): Promise<Map<number, Replayed>> {
  const keys = deviceKeys();
  const hasActs = recording.lines.some((line) => line.kind === "act");
  const clock = virtualClock(recording.startedAt - (hasActs ? 0 : WARM_UP_MS));
  const gateway = createFakeGateway({
    protocol: recording.product === "clawdbot" ? 3 : 4,
    clock,
    model: recordedModel,
    ...options,
  });
  if (!hasActs) await warmUp(gateway, clock, keys("warm-up"), catalogueRead);
  const live = new Map<number, Live>();
  const reached = new Map<string, number>();
  const note = (conn: number, frame: JsonObject) => {
    for (const milestone of milestonesOf(conn, frame))
      if (!reached.has(milestone)) reached.set(milestone, clock.now());
  };
  const recordedNonces = new Map<number, string>();

  let base = { recorded: -1, now: clock.now() };
  const seen = new Set<string>();
  let waiting: { milestone: string; t: number } | undefined;
  for (const line of recording.lines) {
    if (line.kind === "in") {
      const nonce =
        objectAt(line.frame, "payload") && stringAt(objectAt(line.frame, "payload") ?? {}, "nonce");
      if (nonce) recordedNonces.set(line.conn, nonce);
      const fresh = milestonesOf(line.conn, line.frame).find((milestone) => !seen.has(milestone));
      if (fresh) waiting = { milestone: fresh, t: line.t };
      for (const milestone of milestonesOf(line.conn, line.frame)) seen.add(milestone);
      continue;
    }
    if (line.kind === "refused" || (line.kind === "close" && !line.byClient)) continue;
    if (waiting) {
      const { milestone, t } = waiting;
      await clock.advanceUntil(() => reached.has(milestone), 240_000);
      base = { recorded: t, now: reached.get(milestone) ?? clock.now() };
      waiting = undefined;
    }
    const target = base.now + Math.max(0, line.t - base.recorded);
    if (target > clock.now()) await clock.advanceAsync(target - clock.now());
    perform(
      gateway,
      clock,
      live,
      line,
      note,
      (recorded, conn) => {
        const frame = withOwnToken(recorded, live);
        return signed(frame, keys, live.get(conn)?.nonce ?? "", recordedNonces.get(conn), recording);
      },
      (frame) => ownCursor(frame, recording, live),
    );
    base = { recorded: line.t, now: clock.now() };
  }
  const last = recording.lines.at(-1)?.t ?? 0;
  await clock.advanceAsync(Math.max(5000, last - base.recorded + 1000));
  gateway.close();
  await clock.advanceAsync(0);
  return live;
}

function perform(
  gateway: FakeGateway,
  clock: VirtualClock,
  live: Map<number, Live>,
  line: Exclude<Line, { kind: "in" | "refused" }>,
  note: (conn: number, frame: JsonObject) => void,
  sign: (frame: JsonObject, conn: number) => JsonObject,
  withOwnCursor: (frame: JsonObject) => JsonObject,
): void {
  if (line.kind === "act") {
    if (line.act === "kill") gateway.kill();
    else if (line.act === "stop") gateway.stop();
    else if (line.act === "start") gateway.start({ startingMs: line.startingMs });
    else gateway.restart({ downMs: line.downMs, startingMs: line.startingMs });
    return;
  }
  if (line.kind === "open") {
    const state: Live = { frames: [], close: undefined, refused: false, server: undefined, nonce: "" };
    live.set(line.conn, state);
    state.server = gateway.connect({
      headers: {
        origin: line.origin,
        host: line.origin ? new URL(line.origin === "null" ? "http://x" : line.origin).host : undefined,
      },
      send: (text) => {
        const frame: unknown = JSON.parse(text);
        if (!isJsonObject(frame)) return;
        state.frames.push(frame);
        state.nonce ||= stringAt(objectAt(frame, "payload") ?? {}, "nonce") ?? "";
        note(line.conn, frame);
      },
      close: (code, reason) => (state.close ??= { code, reason }),
      terminate: () => (state.close ??= { code: 1006, reason: "" }),
    });
    state.refused = state.server === undefined;
    return;
  }
  const state = live.get(line.conn);
  if (line.kind === "close") {
    if (state && !state.close) state.close = { code: line.code, reason: line.reason };
    state?.server?.closed(line.code, line.reason);
    return;
  }
  const frame = line.frame;
  if (typeof frame === "string") state?.server?.receive(frame);
  else
    state?.server?.receive(
      JSON.stringify(blown(frame["method"] === "connect" ? sign(frame, line.conn) : withOwnCursor(frame))),
    );
}

/** Recorded device tokens belong to the recorded gateway; the fake has issued its own. */
function withOwnToken(frame: JsonObject, live: ReadonlyMap<number, Live>): JsonObject {
  const params = objectAt(frame, "params");
  const auth = params && objectAt(params, "auth");
  if (!params || !auth || !/^u\d+$/.test(stringAt(auth, "token") ?? "")) return frame;
  const issued = [...live.values()].flatMap((state) =>
    state.frames.flatMap(
      (sent) => stringAt(objectAt(objectAt(sent, "payload") ?? {}, "auth") ?? {}, "deviceToken") ?? [],
    ),
  );
  return { ...frame, params: { ...params, auth: { ...auth, token: issued.at(-1) } } };
}

/** A recorded bookmark stands for the one that the fake gave in the same answer. */
function ownCursor(frame: JsonObject, recording: Recording, live: ReadonlyMap<number, Live>): JsonObject {
  const params = objectAt(frame, "params");
  const cursor = params && stringAt(params, "cursor");
  if (!params || !cursor) return frame;
  const source = recording.lines.find(
    (line) => line.kind === "in" && stringAt(objectAt(line.frame, "payload") ?? {}, "deltaCursor") === cursor,
  );
  if (source?.kind !== "in") return frame;
  const answer = live
    .get(source.conn)
    ?.frames.find((sent) => sent["type"] === "res" && sent["id"] === source.frame["id"]);
  return { ...frame, params: { ...params, cursor: objectAt(answer ?? {}, "payload")?.["deltaCursor"] } };
}

/** `x*71680` stands for that many characters. */
function blown(frame: JsonObject): JsonObject {
  const params = objectAt(frame, "params");
  const times = /^x\*(\d+)$/.exec(params ? (stringAt(params, "userAgent") ?? "") : "")?.[1];
  return times && params ? { ...frame, params: { ...params, userAgent: "x".repeat(Number(times)) } } : frame;
}

/** A key pair for every device of the recording, whose own private keys are not known. */
function deviceKeys() {
  const keys = new Map<string, { secret: Uint8Array; publicKey: string; id: string }>();
  return (publicKey: string) => {
    const known = keys.get(publicKey);
    if (known) return known;
    const secret = new Uint8Array(32).fill(keys.size + 1);
    const shown = base64url(ed25519.getPublicKey(secret));
    const made = { secret, publicKey: shown, id: deviceIdOf(shown) ?? "" };
    keys.set(publicKey, made);
    return made;
  };
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** Signs a recorded connect again with our own key and the fake's nonce, keeping its mistakes. */
function signed(
  frame: JsonObject,
  keyOf: ReturnType<typeof deviceKeys>,
  nonce: string,
  recordedNonce: string | undefined,
  recording: Recording,
): JsonObject {
  const params = objectAt(frame, "params");
  const device = params && objectAt(params, "device");
  if (!params || !device) return frame;
  const { secret, publicKey, id } = keyOf(stringAt(device, "publicKey") ?? "");
  const client = objectAt(params, "client") ?? {};
  const signedAt = Number(device["signedAt"]);
  const own = stringAt(device, "nonce");
  const used = own === undefined ? undefined : own === recordedNonce ? nonce : own;
  const auth = objectAt(params, "auth");
  const parts = {
    deviceId: id,
    clientId: stringAt(client, "id") ?? "",
    clientMode: stringAt(client, "mode") ?? "",
    role: stringAt(params, "role") ?? "operator",
    scopes: stringsAt(params, "scopes") ?? [],
    signedAt,
    token: (auth && stringAt(auth, "token")) ?? "",
  };
  // Version 3 was recorded with v2 signatures, version 4 with v3 ones; a device without a nonce signed v1,
  // except in the one test of version 3 that left the nonce out of a v2 signature.
  const forgotten = own === undefined && recording.scenario === "handshake-errors";
  const v3 = recording.product === "openclaw" && recording.scenario !== "x-universal-connect";
  const text =
    own === undefined && !forgotten
      ? signedText("v1", parts, [])
      : v3
        ? signedText("v3", parts, [used ?? nonce, stringAt(client, "platform") ?? "", ""])
        : signedText("v2", parts, [used ?? nonce]);
  const garbage = stringAt(device, "signature") === "AAAA";
  const claimed = stringAt(device, "id");
  const foreign = claimed !== undefined && /^(f+|u\d+)$/.test(claimed) && isForeignId(recording, claimed);
  const signature = garbage ? "AAAA" : base64url(ed25519.sign(new TextEncoder().encode(text), secret));
  return {
    ...frame,
    params: {
      ...params,
      device: {
        ...device,
        id: foreign ? "f".repeat(64) : id,
        publicKey,
        signature,
        ...(used === undefined ? {} : { nonce: used }),
      },
    },
  };
}

/** In the recording of mistakes one connect claims an id that no other connect of that key uses. */
function isForeignId(recording: Recording, claimed: string): boolean {
  if (recording.scenario !== "handshake-errors") return false;
  const uses = recording.lines.filter(
    (line) =>
      line.kind === "out" &&
      typeof line.frame !== "string" &&
      JSON.stringify(line.frame).includes(`"id":"${claimed}","publicKey"`),
  );
  const label = recording.lines.find(
    (line) => line.kind === "open" && uses.some((use) => use.kind === "out" && use.conn === line.conn),
  );
  return label?.kind === "open" && label.label.includes("id mismatch");
}
