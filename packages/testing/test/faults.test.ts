import { describe, expect, test } from "vitest";
import { words } from "../src/index.ts";
import { numberAt, objectAt } from "../src/json.ts";
import { connectParams, errorOf, hear, hearClose, payloadOf, rig } from "./raw-client.ts";
import { shown } from "./shown.ts";

const KEY = "agent:main:chat";
const device = () => ({
  ...connectParams(),
  client: { id: "webchat", version: "1", platform: "web", mode: "webchat" },
});

describe.each([3, 4] as const)("version %i", (protocol) => {
  const ended = async (fault: (kit: ReturnType<typeof rig>) => void) => {
    const kit = rig({ protocol, model: () => words(10, 200) });
    const client = await kit.open();
    fault(kit);
    await kit.clock.advanceAsync(0);
    await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
    await kit.clock.advanceAsync(5000);
    return { ...kit, client };
  };

  test("a connection dropped before a frame never delivers it; the run goes on", async () => {
    const { client, gateway } = await ended((kit) =>
      kit.gateway.inject({ type: "drop", at: "before", match: { event: "chat", state: "final" } }),
    );
    expect(client.close).toEqual({ code: 1006, reason: "" });
    expect(client.states("k1")).not.toContain("final");
    expect(gateway.transcript(KEY).length).toBe(2);
  });

  test("a connection dropped after the third delta has delivered three", async () => {
    const { client } = await ended((kit) =>
      kit.gateway.inject({ type: "drop", at: "after", nth: 3, match: { event: "chat", state: "delta" } }),
    );
    expect(client.states("k1").filter((state) => state === "delta").length).toBe(3);
    expect(client.close?.code).toBe(1006);
  });

  test("a drop may carry a close code", async () => {
    const { client } = await ended((kit) =>
      kit.gateway.inject({
        type: "drop",
        match: { event: "chat", state: "delta" },
        code: 1008,
        reason: "slow consumer",
      }),
    );
    expect(client.close).toEqual({ code: 1008, reason: "slow consumer" });
  });

  test("a request can be lost on its way, before the gateway sees it", async () => {
    const { gateway } = await ended((kit) =>
      kit.gateway.inject({ type: "drop", at: "before", match: { direction: "in", method: "chat.send" } }),
    );
    expect(gateway.runsStarted).toEqual([]);
  });

  test("an answer can be lost although the message was taken", async () => {
    const { gateway, client } = await ended((kit) =>
      kit.gateway.inject({ type: "drop", at: "before", match: { method: "chat.send" } }),
    );
    expect(client.close?.code).toBe(1006);
    expect(gateway.runsStarted).toEqual(["k1"]);
  });

  test("a skipped frame leaves a gap in the sequence numbers", async () => {
    const { client } = await ended((kit) =>
      kit.gateway.inject({ type: "skip", nth: 2, match: { event: "chat", state: "delta" } }),
    );
    const seqs = client.frames.flatMap((frame) => numberAt(frame, "seq") ?? []);
    const gaps = seqs.slice(1).filter((seq, i) => seq !== (seqs[i] ?? 0) + 1);
    expect(gaps.length).toBe(1);
  });

  test("a duplicated frame arrives twice with one sequence number", async () => {
    const { client } = await ended((kit) =>
      kit.gateway.inject({ type: "duplicate", match: { event: "chat", state: "final" } }),
    );
    expect(client.states("k1").filter((state) => state === "final").length).toBe(2);
  });

  test("a delayed frame holds back those behind it", async () => {
    const { client } = await ended((kit) =>
      kit.gateway.inject({ type: "delay", ms: 1500, match: { event: "chat", state: "delta" } }),
    );
    const seqs = client.frames.flatMap((frame) => numberAt(frame, "seq") ?? []);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  test("a frame that may be overtaken arrives late and out of order", async () => {
    const { client } = await ended((kit) =>
      kit.gateway.inject({
        type: "delay",
        ms: 700,
        overtaking: true,
        match: { event: "chat", state: "delta" },
      }),
    );
    const seqs = client.frames.flatMap((frame) => numberAt(frame, "seq") ?? []);
    expect(seqs).not.toEqual(seqs.toSorted((a, b) => a - b));
  });

  test("a half-open socket stays open and says nothing more", async () => {
    const { client, gateway, clock } = await ended((kit) =>
      kit.gateway.inject({ type: "half-open", nth: 2, match: { event: "chat", state: "delta" } }),
    );
    const before = client.frames.length;
    client.post("health");
    await clock.advanceAsync(60_000);
    expect([client.close, client.frames.length - before, gateway.open]).toEqual([undefined, 0, 1]);
  });

  test("a kill in mid-answer takes the gateway down and it comes back with a new boot", async () => {
    const kit = rig({ protocol, model: () => words(10, 200) });
    const before = kit.gateway.bootId;
    const client = await kit.open();
    kit.gateway.inject({ type: "kill", nth: 2, downMs: 2000, match: { event: "chat", state: "delta" } });
    await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
    await kit.clock.advanceAsync(1000);
    expect([client.close?.code, kit.gateway.status]).toEqual([1006, "down"]);
    expect((await kit.open()).close?.code).toBe(1006);
    await kit.clock.advanceAsync(3000);
    expect([kit.gateway.status, kit.gateway.bootId === before]).toEqual(["up", false]);
  });

  test("a restart is announced, closes with 1012 and tells when it will be back", async () => {
    const { open, gateway, clock } = rig({ protocol });
    const client = await open();
    gateway.restart({ downMs: 1000 });
    await clock.advanceAsync(10);
    expect(payloadOf(client.events("shutdown")[0] ?? {})).toEqual({
      reason: "gateway restarting",
      restartExpectedMs: 1500,
    });
    expect(client.close).toEqual({ code: 1012, reason: "service restart" });
    await clock.advanceAsync(1000);
    expect((await open()).close).toBeUndefined();
  });

  test("a final stop names no time", async () => {
    const { open, gateway, clock } = rig({ protocol });
    const client = await open();
    gateway.stop();
    await clock.advanceAsync(10);
    expect(payloadOf(client.events("shutdown")[0] ?? {})["restartExpectedMs"]).toBe(
      protocol === 3 ? null : undefined,
    );
    expect(gateway.status).toBe("down");
  });

  test("after a token rotation the old token is refused and the new one works", async () => {
    const { open, gateway } = rig({ protocol });
    gateway.rotateToken("fresh");
    expect((await open()).close?.code).toBe(1008);
    expect((await open(connectParams({ auth: { token: "fresh" } }))).close).toBeUndefined();
  });

  test("slow answers come late and do not block others", async () => {
    const { open, gateway, clock } = rig({ protocol });
    const client = await open();
    gateway.slow("chat.history", 4000);
    const slow = client.post("chat.history", { sessionKey: KEY });
    await client.ask("agents.list");
    expect(client.frames.some((frame) => frame["id"] === slow)).toBe(false);
    await clock.advanceAsync(4000);
    expect(client.frames.some((frame) => frame["id"] === slow)).toBe(true);
  });

  test("a fault tells how often it fired and can be disarmed", async () => {
    const { open, gateway, clock } = rig({ protocol });
    const client = await open();
    const skip = gateway.inject({ type: "skip", times: 10, match: { method: "agents.list" } });
    client.post("agents.list");
    await clock.advanceAsync(1);
    skip.disarm();
    await client.ask("agents.list");
    expect(skip.fired).toBe(1);
  });
});

test("a starting version 4 answers 1013 and says when to try again", async () => {
  const { open, gateway, clock } = rig({ protocol: 4 });
  gateway.kill();
  gateway.start({ startingMs: 2000 });
  const early = await open();
  expect(early.close).toEqual({ code: 1013, reason: "gateway starting" });
  expect(errorOf(early.frames.at(-1) ?? {})).toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 500 });
  await clock.advanceAsync(2000);
  expect((await open()).close).toBeUndefined();
});

test("an unknown device waits for approval where pairing is asked for", async () => {
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  const { deviceIdOf, signedText } = await import("../src/device-signature.ts");
  const { fakeWebSocket } = await import("../src/index.ts");
  const { gateway, clock } = rig({ protocol: 4, pairing: "ask" });
  const secret = new Uint8Array(32).fill(7);
  const publicKey = Buffer.from(ed25519.getPublicKey(secret)).toString("base64url");
  const id = deviceIdOf(publicKey) ?? "";
  const attempt = async () => {
    const socket = new (fakeWebSocket(gateway))("ws://gateway.test/");
    let close: { code: number; reason: string } | undefined;
    let last: Record<string, unknown> = {};
    hearClose(socket, (heard) => (close = heard));
    hear(socket, (data) => {
      const frame: { event?: string; payload: { nonce: string } } = JSON.parse(data);
      last = JSON.parse(data);
      if (frame.event !== "connect.challenge") return;
      const parts = {
        deviceId: id,
        clientId: "webchat",
        clientMode: "webchat",
        role: "operator",
        scopes: ["operator.read"],
        signedAt: clock.now(),
        token: "test-token",
      };
      const signature = Buffer.from(
        ed25519.sign(Buffer.from(signedText("v2", parts, [frame.payload.nonce])), secret),
      ).toString("base64url");
      const params = {
        ...device(),
        scopes: ["operator.read"],
        device: { id, publicKey, signature, signedAt: clock.now(), nonce: frame.payload.nonce },
      };
      socket.send(JSON.stringify({ type: "req", id: "c", method: "connect", params }));
    });
    await clock.advanceAsync(20);
    return { close, last };
  };
  const refused = await attempt();
  expect(refused.close?.code).toBe(1008);
  expect(refused.last["error"]).toMatchObject({
    code: "NOT_PAIRED",
    details: { code: "PAIRING_REQUIRED", deviceId: id },
  });
  expect(gateway.pairing.pending().map((request) => request.deviceId)).toEqual([id]);
  gateway.pairing.approve();
  const admitted = await attempt();
  expect(admitted.close).toBeUndefined();
  expect(gateway.connected).toBe(1);
});

test("version 4 locks a client out after ten wrong tokens within a minute, the right one too", async () => {
  const { open, clock } = rig({ protocol: 4 });
  for (let i = 0; i < 10; i++) await open(connectParams({ auth: { token: "wrong" } }));
  const locked = await open();
  expect(errorOf(locked.frames.at(-1) ?? {})).toMatchObject({
    retryable: true,
    details: { code: "AUTH_RATE_LIMITED" },
  });
  await clock.advanceAsync(300_000);
  expect((await open()).close).toBeUndefined();
});

test("sequence numbers are one counter per connection in version 4 and one for all in version 3", async () => {
  const firstOf = async (protocol: 3 | 4) => {
    const { open } = rig({ protocol });
    const early = await open();
    await early.chat(KEY, "x", "k1");
    const late = await open();
    await late.chat(KEY, "y", "k2");
    return late.frames.flatMap((frame) => numberAt(frame, "seq") ?? [])[0] ?? 0;
  };
  expect(await firstOf(4)).toBe(1);
  expect(await firstOf(3)).toBeGreaterThan(5);
});

test("the wire log has both directions", async () => {
  const { open, gateway } = rig({ protocol: 4 });
  const client = await open();
  gateway.clearLog();
  await client.ask("agents.list");
  expect(
    gateway.log.map((entry) => `${entry.direction} ${shown(entry.frame["method"] ?? entry.frame["type"])}`),
  ).toEqual(["in agents.list", "out res"]);
  expect(objectAt(gateway.log[1]?.frame ?? {}, "payload")).toBeDefined();
});
