import type { Socket } from "node:net";

export interface RawRequest {
  readonly head: string;
  readonly body: string;
}

/**
 * Reads requests off a socket the way a lenient server does: a line may end in a bare LF, the last of several
 * `Content-Length` wins, any `Transfer-Encoding` that mentions chunked is believed, and it takes what follows a body
 * for the next request. What it reports is what such a server would execute.
 */
export function readRequests(socket: Socket, onRequest: (request: RawRequest) => void): void {
  let buffer = "";
  socket.on("data", (chunk: Buffer) => {
    buffer += chunk.toString("latin1");
    for (;;) {
      const taken = takeRequest(buffer);
      if (!taken) return;
      buffer = taken.rest;
      onRequest(taken.request);
    }
  });
}

function takeRequest(buffer: string): { request: RawRequest; rest: string } | undefined {
  const blank = /\r?\n\r?\n/.exec(buffer);
  if (!blank) return undefined;
  const head = buffer.slice(0, blank.index);
  const after = buffer.slice(blank.index + blank[0].length);
  if (/^transfer-encoding[ \t]*:.*chunked/im.test(head)) {
    const chunked = takeChunks(after);
    return chunked && { request: { head, body: chunked.body }, rest: chunked.rest };
  }
  const lengths = [...head.matchAll(/^content-length[ \t]*:[ \t]*(\d+)/gim)];
  const length = Number(lengths.at(-1)?.[1] ?? 0);
  return after.length < length
    ? undefined
    : { request: { head, body: after.slice(0, length) }, rest: after.slice(length) };
}

function takeChunks(text: string): { body: string; rest: string } | undefined {
  let rest = text;
  let body = "";
  for (;;) {
    const line = /^([0-9a-fA-F]+)[^\n]*\n/.exec(rest);
    if (!line) return undefined;
    const size = Number.parseInt(line[1] ?? "0", 16);
    rest = rest.slice(line[0].length);
    if (size === 0) {
      const end = /^(?:[^\r\n]+\r?\n)*\r?\n/.exec(rest);
      return end ? { body, rest: rest.slice(end[0].length) } : undefined;
    }
    if (rest.length < size + 2) return undefined;
    body += rest.slice(0, size);
    rest = rest.slice(size).replace(/^\r?\n/, "");
  }
}
