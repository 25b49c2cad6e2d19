/**
 * The upstream of every subject: a bare TCP server that answers as cheaply as Node can, so that it is never what is
 * measured. `GET /small`, `GET /large`, `POST /post`, and a WebSocket on anything that asks for an upgrade.
 */
import { createServer } from "node:net";
import type { Socket } from "node:net";

const answer = (body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
const SMALL = answer(Buffer.from('{"status":"ok","value":42}'));
const LARGE = answer(Buffer.alloc(65_536, 97));
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

function serve(socket: Socket): void {
  let text = "";
  let bodyLeft = 0;
  const onData = (chunk: Buffer): void => {
    let at = 0;
    if (bodyLeft > 0) {
      at = Math.min(bodyLeft, chunk.length);
      bodyLeft -= at;
      if (bodyLeft > 0) return;
      socket.write(SMALL);
    }
    if (at === chunk.length) return;
    text += chunk.toString("latin1", at);
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) return;
    const rest = text.length - end - 4;
    if (text.startsWith("GET /large")) socket.write(LARGE);
    else if (text.startsWith("POST")) {
      bodyLeft = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0) - rest;
      if (bodyLeft <= 0) socket.write(SMALL);
    } else if (/upgrade: *websocket/i.test(text)) {
      socket.write(SWITCHING);
      socket.off("data", onData);
      socket.on("data", (frames: Buffer) => void socket.write(frames));
    } else socket.write(SMALL);
    text = "";
  };
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("data", onData);
}

const server = createServer(serve);
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("disconnect", () => process.exit(0));
