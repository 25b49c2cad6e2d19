import { createFakeGateway, fakeWebSocket, type FakeGatewayOptions } from "@automna/testing";
import { describe, expect, test, vi } from "vitest";

import manifest from "../package.json" with { type: "json" };
import {
  ConnectionLostError,
  connectionSentence,
  GatewayConnection,
  memoryStorage,
  RequestTimeoutError,
  type ConnectionOptions,
  type ConnectionState,
} from "../src/index.ts";
import { instantDevice, testWorld } from "./chat-rig.ts";
import { clockTransport } from "./clock-transport.ts";

function rig(options: FakeGatewayOptions = {}, change: Partial<ConnectionOptions> = {}) {
  const world = testWorld();
  const { clock } = world;
  const gateway = createFakeGateway({ clock, verifySignatures: false, ...options });
  const states: ConnectionState[] = [];
  const dial = clockTransport(fakeWebSocket(gateway));
  let receive = (_text: string): void => {};
  const connection = new GatewayConnection({
    gatewayUrl: "ws://gateway.test/",
    authToken: "test-token",
    storage: memoryStorage(),
    device: gateway.protocol === 4 ? instantDevice : "auto",
    environment: world.environment,
    transport: (url, listener) => {
      receive = (text) => listener.frame(text);
      return dial(url, listener);
    },
    ...change,
  });
  connection.subscribe({ state: (state) => states.push(state) });
  return {
    world,
    clock,
    gateway,
    connection,
    states,
    /** Has a frame come over the last socket. */
    receive: (frame: object) => receive(JSON.stringify(frame)),
    status: () => connection.state.status,
    until: (status: ConnectionState["status"], ms?: number) =>
      clock.advanceUntil(() => connection.state.status === status, ms),
  };
}

describe.each([3, 4] as const)("a connection to a gateway of protocol %i", (protocol) => {
  test("goes through its states in order", async () => {
    const { connection, until, states } = rig({ protocol });
    connection.open();
    expect(await until("ready")).toBe(true);
    expect(states.map(({ status }) => status)).toEqual(["connecting", "authenticating", "ready"]);
  });

  test("tells the gateway the version that the package has", async () => {
    const { connection, until, gateway } = rig({ protocol });
    connection.open();
    await until("ready");
    expect(gateway.log.find(({ frame }) => frame["method"] === "connect")?.frame).toMatchObject({
      params: { client: { version: manifest.version } },
    });
  });

  test("a wrong token fails once and is never repeated", async () => {
    const { connection, until, clock, gateway, world, status } = rig({ protocol }, { authToken: "wrong" });
    connection.open();
    expect(await until("failed")).toBe(true);
    expect(connection.state).toMatchObject({ advice: { code: "token-mismatch" } });
    world.wake();
    await clock.advanceAsync(600_000);
    expect(status()).toBe("failed");
    expect(gateway.connections).toBe(1);
  });

  test("the token provider is asked once more after a refusal, and its new token is used", async () => {
    const tokens = ["old", "test-token"];
    const reasons: string[] = [];
    const authToken = vi.fn(({ reason }: { reason: string }) => {
      reasons.push(reason);
      return tokens.shift() ?? "none";
    });
    const { connection, until, gateway } = rig({ protocol }, { authToken });
    connection.open();
    expect(await until("ready")).toBe(true);
    expect(reasons).toEqual(["connect", "auth-failed"]);
    expect(gateway.connections).toBe(2);
  });

  test("a provider that has no better token is not asked a third time", async () => {
    const authToken = vi.fn(() => `wrong-${authToken.mock.calls.length}`);
    const { connection, until, clock, gateway } = rig({ protocol }, { authToken });
    connection.open();
    expect(await until("failed")).toBe(true);
    await clock.advanceAsync(600_000);
    expect(authToken).toHaveBeenCalledTimes(2);
    expect(gateway.connections).toBe(2);
  });

  test("after a token was rotated while connected, the provider's new one brings the connection back", async () => {
    let token = "test-token";
    const { connection, until, gateway } = rig({ protocol }, { authToken: () => token });
    connection.open();
    await until("ready");
    token = "rotated";
    gateway.rotateToken("rotated", { disconnect: true });
    await until("waiting");
    expect(await until("ready")).toBe(true);
  });

  test("a device that has to be approved waits, looks again, and gets in", async () => {
    const { connection, until, gateway } = rig({ protocol, pairing: "ask" }, { device: instantDevice });
    connection.open();
    expect(await until("pairing")).toBe(true);
    gateway.pairing.approve();
    expect(await until("ready", 20_000)).toBe(true);
    expect(gateway.connections).toBe(2);
  });

  test("a gateway that is down is tried with growing pauses and found when it is back", async () => {
    const { connection, until, clock, gateway, states } = rig({ protocol });
    gateway.kill();
    connection.open();
    await clock.advanceAsync(60_000);
    const attempts = states.filter(({ status }) => status === "connecting").length;
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThan(40);
    gateway.start();
    expect(await until("ready", 16_000)).toBe(true);
  });

  test("an announced restart is calm: one pause of the announced length, then ready", async () => {
    const { connection, until, gateway } = rig({ protocol });
    connection.open();
    await until("ready");
    gateway.restart({ downMs: 600, restartExpectedMs: 1_500 });
    expect(await until("waiting")).toBe(true);
    expect(connection.state).toMatchObject({ reason: { code: "gateway-restarting" } });
    const downAt = gateway.clock.now();
    expect(await until("ready")).toBe(true);
    expect(gateway.clock.now() - downAt).toBeLessThan(2_500);
  });

  test("a broken connection is back within half a second", async () => {
    const { connection, until, gateway, clock } = rig({ protocol });
    connection.open();
    await until("ready");
    await clock.advanceAsync(10_000);
    gateway.dropAll();
    await until("waiting");
    const droppedAt = clock.now();
    expect(await until("ready")).toBe(true);
    expect(clock.now() - droppedAt).toBeLessThanOrEqual(500);
  });

  test("a connection that fell silent is closed after two ticks and opened anew", async () => {
    const { connection, until, gateway, clock, states } = rig({ protocol });
    connection.open();
    await until("ready");
    gateway.freezeAll();
    await clock.advanceAsync(59_000);
    expect(connection.state.status).toBe("ready");
    expect(await until("waiting", 2_000)).toBe(true);
    expect(states.at(-1)).toMatchObject({ reason: { code: "tick-timeout" } });
    expect(await until("ready")).toBe(true);
  });

  test("of a reply's tokens nothing is read but their numbers, by which a lost frame is noticed", async () => {
    const { connection, until, receive } = rig({ protocol });
    const heard: unknown[] = [];
    connection.open();
    await until("ready");
    const token = (seq: number) => {
      const payload = { runId: "r1", stream: "assistant", data: { text: "a", delta: "a" }, seq: 1 };
      receive({ type: "event", event: "agent", payload, seq });
    };
    token(1_000);
    connection.subscribe({ event: ({ payload }) => heard.push(payload), gap: () => heard.push("gap") });
    token(1_001);
    token(1_003);
    expect(heard).toEqual([{ stream: "assistant" }, "gap", { stream: "assistant" }]);
  });

  test("ticks alone keep a quiet connection open", async () => {
    const { connection, until, gateway, clock } = rig({ protocol });
    connection.open();
    await until("ready");
    await clock.advanceAsync(600_000);
    expect(gateway.connections).toBe(1);
  });

  test("waking up skips the rest of a pause", async () => {
    const { connection, until, gateway, clock, world } = rig({ protocol });
    gateway.kill();
    connection.open();
    await clock.advanceAsync(60_000);
    gateway.start();
    await until("waiting");
    await clock.advanceAsync(1_000);
    world.wake();
    expect(await until("ready", 100)).toBe(true);
  });

  test("waking up a connection that died asleep finds out within seconds", async () => {
    const { connection, until, gateway, clock, world } = rig({ protocol });
    connection.open();
    await until("ready");
    gateway.freezeAll();
    await clock.advanceAsync(5_000);
    world.wake();
    expect(await until("waiting", 8_500)).toBe(true);
  });

  test("waking up a healthy connection leaves it alone", async () => {
    const { connection, until, gateway, clock, world } = rig({ protocol });
    connection.open();
    await until("ready");
    await clock.advanceAsync(5_000);
    world.wake();
    await clock.advanceAsync(10_000);
    expect(connection.state.status).toBe("ready");
    expect(gateway.connections).toBe(1);
  });

  test("everything that waits for an answer fails when the connection closes", async () => {
    const { connection, until, gateway, clock } = rig({ protocol });
    connection.open();
    await until("ready");
    gateway.slow("health", 60_000);
    const answer = connection.request({ method: "health", params: {} }).catch((error: unknown) => error);
    await clock.advanceAsync(10);
    gateway.dropAll();
    await clock.advanceAsync(10);
    expect(await answer).toBeInstanceOf(ConnectionLostError);
    expect(await answer).toMatchObject({ mayHaveArrived: true });
  });

  test("a request without a connection fails at once and says that it never left", async () => {
    const { connection } = rig({ protocol });
    await expect(connection.request({ method: "health", params: {} })).rejects.toMatchObject({
      mayHaveArrived: false,
    });
  });

  test("an answer that does not come is given up after the time limit", async () => {
    const { connection, until, gateway, clock } = rig({ protocol });
    connection.open();
    await until("ready");
    gateway.slow("health", 60_000);
    const answer = connection
      .request({ method: "health", params: {} }, 5_000)
      .catch((error: unknown) => error);
    await clock.advanceAsync(5_001);
    expect(await answer).toBeInstanceOf(RequestTimeoutError);
  });

  test("closing leaves no timer behind", async () => {
    const { connection, until, gateway, clock } = rig({ protocol });
    connection.open();
    await until("ready");
    connection.close();
    gateway.close();
    await clock.advanceAsync(10);
    expect(clock.pending()).toBe(0);
  });
});

describe("a connection to a gateway of version 4", () => {
  test("a paired device gets in by its own token when the shared one is refused, and is refused once more at most", async () => {
    const storage = memoryStorage();
    const { connection, until, gateway, clock, status } = rig({}, { storage });
    connection.open();
    expect(await until("ready")).toBe(true);
    gateway.rotateToken("another-token", { disconnect: true });
    await clock.advanceUntil(() => status() !== "ready");
    expect(await until("ready")).toBe(true);
    expect(gateway.connections).toBe(3);
    connection.close();

    // Another gateway at the same address knows neither.
    const again = rig({}, { storage, authToken: "another-token" });
    again.connection.open();
    expect(await again.until("failed")).toBe(true);
    expect(again.gateway.connections).toBe(2);
    await again.clock.advanceAsync(600_000);
    expect(again.gateway.connections).toBe(2);
  });

  describe("a paired device whose shared token is refused by now", () => {
    const usesOwnToken = async () => {
      let shared = "test-token";
      const page = rig({}, { storage: memoryStorage(), authToken: () => shared });
      const { connection, until, gateway, clock, status } = page;
      connection.open();
      await until("ready");
      gateway.rotateToken("another-token", { disconnect: true });
      await clock.advanceUntil(() => status() !== "ready");
      await until("ready");
      gateway.clearLog();
      return {
        ...page,
        give: (token: string) => (shared = token),
        comeBack: async () => {
          gateway.dropAll();
          await clock.advanceUntil(() => status() !== "ready");
          return clock.advanceUntil(() => ["ready", "failed"].includes(status()), 60_000);
        },
        offered: () =>
          gateway.log.flatMap(({ direction, frame }) => {
            if (direction !== "in" || frame["method"] !== "connect") return [];
            const { auth } = frame["params"] as { auth: { token: string } };
            return [auth.token.endsWith("-token") ? auth.token : "its own"];
          }),
      };
    };

    test("comes back by its own token, and offers the refused one at none of five reconnects", async () => {
      const { comeBack, status, offered } = await usesOwnToken();
      for (let round = 0; round < 5; round += 1) {
        await comeBack();
        expect(status()).toBe("ready");
      }
      expect(offered()).toEqual(["its own", "its own", "its own", "its own", "its own"]);
    });

    test("offers a shared token that has changed before its own", async () => {
      const { comeBack, status, offered, give } = await usesOwnToken();
      give("another-token");
      await comeBack();
      expect(status()).toBe("ready");
      expect(offered()).toEqual(["another-token"]);
    });

    test("offers the shared one once more when its own is refused, and gets in where that is right again", async () => {
      const { comeBack, status, offered, gateway } = await usesOwnToken();
      gateway.rotateToken("test-token");
      gateway.pairing.revoke(instantDevice.deviceId);
      await comeBack();
      expect(status()).toBe("ready");
      expect(offered()).toEqual(["its own", "test-token"]);
    });

    test("stops when neither is right", async () => {
      const { comeBack, status, offered, gateway, clock, world } = await usesOwnToken();
      gateway.pairing.revoke(instantDevice.deviceId);
      await comeBack();
      expect(status()).toBe("failed");
      world.wake();
      await clock.advanceAsync(600_000);
      expect(offered()).toEqual(["its own", "test-token"]);
    });

    test("begins with the shared one when the person asks to connect", async () => {
      const { connection, gateway, clock, status, offered } = await usesOwnToken();
      gateway.kill();
      await clock.advanceUntil(() => status() === "waiting");
      gateway.start();
      connection.reconnect();
      await clock.advanceUntil(() => status() === "ready");
      expect(offered()).toEqual(["test-token", "its own"]);
    });
  });

  test("a device's own token is used with the scopes that it was given for, whatever the page wants by now", async () => {
    const storage = memoryStorage();
    const first = rig({}, { storage, scopes: ["operator.read", "operator.write"] });
    first.connection.open();
    expect(await first.until("ready")).toBe(true);
    first.connection.close();
    first.gateway.rotateToken("another-token");

    const { connection } = rig(
      {},
      {
        storage,
        scopes: ["operator.read", "operator.write", "operator.approvals"],
        transport: clockTransport(fakeWebSocket(first.gateway)),
        environment: first.world.environment,
      },
    );
    connection.open();
    await first.clock.advanceUntil(() => ["ready", "failed"].includes(connection.state.status));
    const { state } = connection;
    expect(state.status === "ready" && state.hello.auth.scopes).toEqual(["operator.read", "operator.write"]);
  });

  test("a gateway that is still starting is asked again until it is ready", async () => {
    const { connection, until, gateway, states } = rig({ protocol: 4 });
    gateway.kill();
    gateway.start({ startingMs: 3_000 });
    connection.open();
    await until("waiting");
    expect(states.at(-1)).toMatchObject({ reason: { code: "gateway-starting" } });
    expect(await until("ready", 10_000)).toBe(true);
  });

  test("behind a router that authenticates, neither token nor device is sent", async () => {
    const world = testWorld();
    const gateway = createFakeGateway({
      clock: world.clock,
      protocol: 4,
      auth: {
        mode: "trusted-proxy",
        userHeader: "x-forwarded-user",
        users: { ada: ["operator.read", "operator.write"] },
      },
    });
    const Socket = fakeWebSocket(gateway, {
      headers: { "x-forwarded-user": "ada", "x-forwarded-for": "10.0.0.9" },
    });
    const connection = new GatewayConnection({
      gatewayUrl: "ws://gateway.test/",
      authToken: null,
      storage: memoryStorage(),
      environment: world.environment,
      transport: clockTransport(Socket),
    });
    connection.open();
    expect(await world.clock.advanceUntil(() => connection.state.status === "ready")).toBe(true);
    const connect = gateway.log.find(({ direction }) => direction === "in");
    expect(connect?.frame["params"]).not.toHaveProperty("auth");
    expect(connect?.frame["params"]).not.toHaveProperty("device");
  });
});

test("a provider that throws is asked again after a pause", async () => {
  let calls = 0;
  const { connection, until } = rig(
    { protocol: 3 },
    {
      gatewayUrl: () => {
        calls += 1;
        if (calls === 1) throw new Error("the app is offline");
        return "ws://gateway.test/";
      },
    },
  );
  connection.open();
  expect(await until("waiting")).toBe(true);
  expect(connection.state).toMatchObject({ reason: { code: "provider-failed" } });
  expect(await until("ready")).toBe(true);
});

describe("what fails on this side is told in its own words, and tried again", () => {
  test("a transport that cannot be made", async () => {
    const { clock, environment } = testWorld();
    const dial = clockTransport(fakeWebSocket(createFakeGateway({ clock, protocol: 3 })));
    let dials = 0;
    const connection = new GatewayConnection({
      gatewayUrl: "ws://gateway.test/",
      authToken: "test-token",
      storage: memoryStorage(),
      environment,
      transport: (...dialled) => {
        dials += 1;
        if (dials === 1) throw new Error("This page may not dial there.");
        return dial(...dialled);
      },
    });
    const until = (status: ConnectionState["status"]) =>
      clock.advanceUntil(() => connection.state.status === status);
    connection.open();
    expect(await until("waiting")).toBe(true);
    expect(connection.state).toMatchObject({ reason: { code: "client-failed" } });
    expect(connectionSentence(connection.state)).toContain("This page may not dial there.");
    expect(await until("ready")).toBe(true);
    await clock.advanceAsync(20_000);
    expect(connection.state.status).toBe("ready");
  });

  test("a device that cannot sign", async () => {
    let isLocked = true;
    const { connection, until } = rig(
      { protocol: 4 },
      {
        device: {
          ...instantDevice,
          sign: async () => {
            if (isLocked) throw new Error("The key store is locked.");
            return "unchecked";
          },
        },
      },
    );
    connection.open();
    expect(await until("waiting")).toBe(true);
    expect(connection.state).toMatchObject({ reason: { code: "client-failed" } });
    expect(connectionSentence(connection.state)).toContain("The key store is locked.");
    isLocked = false;
    expect(await until("ready")).toBe(true);
  });
});

describe("the reason for waiting", () => {
  test.each([3, 4] as const)(
    "stays the announced stop while nobody answers, protocol %i",
    async (protocol) => {
      const { connection, until, clock, gateway } = rig({ protocol });
      connection.open();
      await until("ready");
      await clock.advanceAsync(10_000);
      gateway.stop();
      await clock.advanceAsync(20_000);
      expect(connection.state).toMatchObject({ status: "waiting", reason: { code: "gateway-stopped" } });
      gateway.start();
      expect(await until("ready", 60_000)).toBe(true);
      gateway.kill();
      await clock.advanceAsync(20_000);
      expect(connection.state).toMatchObject({ status: "waiting", reason: { code: "connection-lost" } });
    },
  );
});
