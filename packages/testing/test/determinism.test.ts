import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createFakeGateway, fakeWebSocket, say, think, tool, virtualClock } from "../src/index.ts";
import { connectParams, hear } from "./raw-client.ts";

/** Everything that a session's worth of events sends, as text. */
async function frames(protocol: 3 | 4, seed: number): Promise<{ sent: string[]; timersLeft: number }> {
  const clock = virtualClock();
  const model = () => [
    ...think(["hm"]),
    tool("read", { path: "x" }, "y"),
    ...say("An answer of some length.", { size: 3, ms: 11 }),
  ];
  const gateway = createFakeGateway({ protocol, seed, clock, model });
  const sent: string[] = [];
  const dial = () => {
    const socket = new (fakeWebSocket(gateway, { origin: null }))("ws://gateway.test/");
    hear(socket, (data) => sent.push(data));
    return socket;
  };
  const first = dial();
  await clock.advanceAsync(1);
  first.send(JSON.stringify({ type: "req", id: "1", method: "connect", params: connectParams() }));
  await clock.advanceAsync(1);
  first.send(
    JSON.stringify({
      type: "req",
      id: "2",
      method: "chat.send",
      params: { sessionKey: "agent:main:x", message: "go", idempotencyKey: "k" },
    }),
  );
  await clock.advanceAsync(150);
  gateway.kill();
  gateway.start();
  await clock.advanceAsync(10_000);
  const second = dial();
  await clock.advanceAsync(1);
  second.send(JSON.stringify({ type: "req", id: "1", method: "connect", params: connectParams() }));
  await clock.advanceAsync(40_000);
  gateway.close();
  await clock.advanceAsync(0);
  return { sent, timersLeft: clock.pending() };
}

test.each([3, 4] as const)(
  "version %i: the same seed gives the same frames, another seed other ids",
  async (protocol) => {
    const [one, two, other] = [
      await frames(protocol, 5),
      await frames(protocol, 5),
      await frames(protocol, 6),
    ];
    expect(one.sent.length).toBeGreaterThan(10);
    expect(two.sent).toEqual(one.sent);
    expect(other.sent).not.toEqual(one.sent);
  },
);

test.each([3, 4] as const)("version %i: a closed gateway leaves no timer", async (protocol) => {
  expect((await frames(protocol, 1)).timersLeft).toBe(0);
});

test("thousands of handshakes and chats fit into a second of virtual-time testing", async () => {
  const clock = virtualClock();
  const gateway = createFakeGateway({ clock, verifySignatures: false });
  let finals = 0;
  for (let i = 0; i < 300; i++) {
    const socket = new (fakeWebSocket(gateway, { origin: null }))("ws://gateway.test/");
    hear(socket, (data) => {
      if (data.includes('"state":"final"')) finals++;
    });
    clock.advance(1);
    socket.send(JSON.stringify({ type: "req", id: "1", method: "connect", params: connectParams() }));
    clock.advance(1);
    socket.send(
      JSON.stringify({
        type: "req",
        id: "2",
        method: "chat.send",
        params: { sessionKey: `agent:main:s${i}`, message: "go", idempotencyKey: `k${i}` },
      }),
    );
    clock.advance(200);
    socket.close();
    clock.advance(1);
  }
  expect(finals).toBe(300);
});

test("the core runs in a browser: nothing that index.ts reaches imports Node", () => {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
    expect(source.match(/from "(node:[^"]+|ws|msw)"/)?.[0], file).toBeUndefined();
    for (const match of source.matchAll(/from "\.\/([^"]+)"/g)) visit(match[1] ?? "");
  };
  visit("index.ts");
  expect(seen.size).toBeGreaterThan(20);
});
