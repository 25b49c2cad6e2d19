import { expect, test } from "vitest";

import { SWITCHING, frame, openRaw, upgradeRequest } from "./raw-client.ts";
import { readyRoute, startFront, startRawUpstream, startUpstream } from "./rig.ts";

const QUIET_MS = 150_000;

test("an event stream and a WebSocket that are quiet for 150 seconds are still open afterwards", async () => {
  let send: (text: string) => void = () => undefined;
  const events = await startUpstream((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.flushHeaders();
    send = (text) => void res.write(text);
  });
  const sockets = await startRawUpstream((socket) => void socket.once("data", () => socket.write(SWITCHING)));
  const stream = await startFront({ route: readyRoute(events.origin) });
  const tunnel = await startFront({ route: readyRoute(sockets.origin) });
  const reader = openRaw(stream.port);
  reader.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await reader.has("event-stream");
  const socket = openRaw(tunnel.port);
  socket.send(upgradeRequest("/r/"));
  await socket.has("101");
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  send("data: still here\n\n");
  await reader.has("still here");
  for (const upstream of sockets.sockets) upstream.write(frame(1, "still here", false));
  await socket.has("still here");
  expect(stream.records).toEqual([]);
  expect(tunnel.records).toEqual([]);
});
