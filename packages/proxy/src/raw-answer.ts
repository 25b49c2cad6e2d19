import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** How long a client that was answered on a bare socket may take to close it. */
const FAREWELL_MS = 1_000;
/** What would end a header early. Answers of upstreams were parsed and hold none; an app's own might. */
const CONTROL = /[\0\r\n]/g;

/** The head of an HTTP/1.1 answer for a socket that `node:http` gave away. */
export function rawHead(status: number, reason: string, headers: readonly string[]): string {
  const phrase = reason !== "" && /^[\t -~]*$/.test(reason) ? reason : (STATUS_CODES[status] ?? "");
  let head = `HTTP/1.1 ${status} ${phrase}\r\n`;
  for (let index = 0; index < headers.length; index += 2) {
    head += `${headers[index]}: ${headers[index + 1]?.replace(CONTROL, "")}\r\n`;
  }
  return `${head}\r\n`;
}

/**
 * Sends an answer and closes. What the client still sends is read and dropped meanwhile: unread bytes would turn the
 * close into a reset, and a reset can overtake the answer.
 */
export function answerAndClose(socket: Duplex, answer: string | Buffer): void {
  socket.end(answer);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.once("end", () => {
    if (socket.writableFinished) socket.destroy();
    else socket.once("finish", () => socket.destroy());
  });
  socket.once("close", () => clearTimeout(timer));
}
