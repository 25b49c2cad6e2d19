import { createFakeGateway, fakeWebSocket, virtualClock, words } from "@automna/testing";
import { expect, test } from "vitest";

test("a reply streams in, three words in 300 ms that take no time at all", () => {
  const clock = virtualClock();
  const gateway = createFakeGateway({ protocol: 4, clock, model: () => words(3, 100) });
  const FakeWebSocket = fakeWebSocket(gateway, { origin: null });
  const socket = new FakeWebSocket("ws://gateway.test/");
  const request = (id: string, method: string, params: object) =>
    socket.send(JSON.stringify({ type: "req", id, method, params }));

  clock.advance(10);
  request("1", "connect", {
    minProtocol: 3,
    maxProtocol: 4,
    client: { id: "gateway-client", version: "1.0.0", platform: "node", mode: "backend" },
    scopes: ["operator.read", "operator.write"],
    auth: { token: "test-token" },
  });
  clock.advance(10);
  const chat = { sessionKey: "agent:main:main", message: "Hi", idempotencyKey: "k1" };
  request("2", "chat.send", chat);
  clock.advance(1000);

  expect(gateway.transcript("agent:main:main").map((row) => row.text)).toEqual(["Hi", "w1 w2 w3"]);
  expect(gateway.runsStarted).toEqual(["k1"]);
  gateway.close();
});
