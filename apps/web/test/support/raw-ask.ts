import { connect } from "node:net";

/** The three ways in which a browser reaches a gateway. */
export const WAYS = ["HTTP", "SSE", "WebSocket"] as const;
export type Way = (typeof WAYS)[number];

export interface RawAsked {
  /** The request target, byte for byte. */
  readonly target: string;
  /** Header lines in their order; names may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const OWN_HEADERS: Readonly<Record<Way, readonly (readonly [string, string])[]>> = {
  HTTP: [["Accept", "application/json"]],
  SSE: [["Accept", "text/event-stream"]],
  WebSocket: [
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ],
};

/** Sends exactly these bytes and resolves with the status that comes back, and everything until the head's end. */
export function rawAsk(
  port: number,
  way: Way,
  { target, headers }: RawAsked,
): Promise<{ status: number; head: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      const lines = [...headers, ...OWN_HEADERS[way]].map(([name, value]) => `${name}: ${value}`);
      socket.write(`GET ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
    });
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (!text.includes("\r\n\r\n")) return;
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), head: text });
    });
    socket.on("error", reject);
    socket.on("end", () => reject(new Error(`No answer but ${JSON.stringify(text)}`)));
  });
}
