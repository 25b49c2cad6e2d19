import type { MemorySocketClass } from "@automna/testing";

import type { Transport, TransportFactory } from "../src/index.ts";

/** A transport straight onto an in-memory socket: partysocket's own timers are real, these tests own time. */
export function clockTransport(Socket: MemorySocketClass): TransportFactory {
  return (url, listener): Transport => {
    const socket = new Socket(url);
    let closed = false;
    const end = (code: number, reason: string) => {
      if (closed) return;
      closed = true;
      listener.close({ code, reason });
    };
    socket.addEventListener("open", () => {
      if (!closed) listener.open();
    });
    socket.addEventListener("message", (event) => {
      if (!closed && "data" in event) listener.frame(String(event.data));
    });
    socket.addEventListener("close", (event) =>
      end("code" in event ? Number(event.code) : 1006, "reason" in event ? String(event.reason) : ""),
    );
    return {
      send(text) {
        if (closed || socket.readyState !== 1) return false;
        socket.send(text);
        return true;
      },
      close(code, reason) {
        if (closed) return;
        socket.close(code, reason);
        end(code, reason);
      },
    };
  };
}
