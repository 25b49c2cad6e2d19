import { expect, test } from "vitest";

import { ContinueFilter } from "../src/continue-filter.ts";
import { SWITCHING, openRaw, upgradeRequest } from "./raw-client.ts";
import { readyRoute, startFront, startRawUpstream } from "./rig.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Answers every piece that arrives with these, one write each. */
function startAnswering(pieces: readonly string[]) {
  return startRawUpstream((socket) => {
    socket.on("data", () => {
      for (const piece of pieces) socket.write(piece, "latin1");
    });
  });
}

test.each([
  ["before its answer", [CONTINUE + OK]],
  ["by itself", [CONTINUE, OK]],
  ["twice", [CONTINUE + CONTINUE, CONTINUE + OK]],
  ["with headers", [`HTTP/1.0 100 Go on\r\nX-A: b\r\n\r\n${OK}`]],
  ["byte by byte", (CONTINUE + OK).split("")],
])(
  "an upstream that says 100 Continue unasked, %s, is listened to until its answer",
  async (_how, pieces) => {
    const upstream = await startAnswering(pieces);
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    for (const request of [
      "GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n",
      "POST /r/ HTTP/1.1\r\nHost: f\r\nContent-Length: 4\r\n\r\nbody",
      "DELETE /r/ HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n",
    ]) {
      client.send(request);
      await front.record(({ method }) => request.startsWith(method));
    }
    const answers = await client.ended();
    expect(answers.match(/HTTP\/1\.1 200 OK\r/g)).toHaveLength(3);
    expect(answers).not.toContain("100");
  },
);

test("a hint beside a 100 Continue still passes", async () => {
  const upstream = await startAnswering([HINTS + CONTINUE + HINTS + CONTINUE + OK]);
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  const answer = await client.has("ok");
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 103", "HTTP/1.1 103", "HTTP/1.1 200"]);
});

test("a body that looks like a 100 Continue is passed on as it is", async () => {
  const body = CONTINUE + OK;
  const upstream = await startRawUpstream((socket) => {
    socket.on("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 * body.length}\r\n\r\n`);
      setImmediate(() => socket.write(body, () => socket.write(body)));
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
  expect((await client.ended()).split("\r\n\r\n").slice(1).join("\r\n\r\n")).toBe(body + body);
});

test("an upstream that never says more than 100 Continue is not waited for beyond the limit", async () => {
  const upstream = await startAnswering([CONTINUE]);
  const front = await startFront({ route: readyRoute(upstream.origin, { timeouts: { firstByteMs: 100 } }) });
  expect((await fetch(`${front.origin}/r/`)).status).toBe(504);
  expect(await front.record()).toMatchObject({ outcome: "first-byte-timeout" });
});

test("a WebSocket opens behind a 100 Continue too", async () => {
  const upstream = await startAnswering([CONTINUE + SWITCHING]);
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(upgradeRequest("/r/"));
  expect(await client.has("101")).toMatch(/^HTTP\/1\.1 101 /);
});

test("an informational head that never ends is left to the parser", () => {
  const filter = new ContinueFilter();
  filter.awaits = true;
  expect(filter.take(Buffer.from("HTTP/1.1 100 C\r\n")).length).toBe(0);
  const line = Buffer.alloc(70_000, "x");
  expect(filter.take(line).length).toBe(16 + 70_000);
});
