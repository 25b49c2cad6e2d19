import * as v from "valibot";

/** What the viewer in its frame tells. */
type ViewerEvent =
  | { readonly name: "shown" }
  | { readonly name: "password-wanted" }
  | { readonly name: "password-refused" }
  /** `clean`: the other side said goodbye. */
  | { readonly name: "ended"; readonly clean: boolean };

/** A viewer that is joined to a machine. */
export interface ViewerBridge {
  sendPassword(password: string): void;
  close(): void;
}

export interface ViewerBridgeOptions {
  /** The frame's window. */
  readonly frame: Window;
  readonly socketUrl: string;
  readonly onEvent: (event: ViewerEvent) => void;
  readonly openSocket?: (url: string) => WebSocket;
}

const eventSchema = v.variant("name", [
  v.object({ name: v.literal("shown") }),
  v.object({ name: v.literal("password-wanted") }),
  v.object({ name: v.literal("password-refused") }),
  v.object({ name: v.literal("ended"), clean: v.boolean() }),
]);
const messageSchema = v.variant("kind", [
  v.object({ kind: v.literal("data"), data: v.instance(ArrayBuffer) }),
  v.object({ kind: v.literal("close") }),
  v.object({ kind: v.literal("event"), event: eventSchema }),
]);

/**
 * Joins a viewer to its machine. The frame has no origin, so it could open no socket that the server lets in: this
 * page opens it, and passes bytes on by a message port.
 */
export function bridgeViewer({
  frame,
  socketUrl,
  onEvent,
  openSocket = (url) => new WebSocket(url, "binary"),
}: ViewerBridgeOptions): ViewerBridge {
  const { port1: port, port2: theirs } = new MessageChannel();
  const socket = openSocket(socketUrl);
  socket.binaryType = "arraybuffer";
  // The frame's origin is opaque: no other target names it.
  frame.postMessage({ kind: "connect" }, "*", [theirs]);
  const say = (message: object, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  socket.addEventListener("open", () => say({ kind: "open" }));
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) say({ kind: "data", data }, [data]);
  });
  socket.addEventListener("close", ({ code }) => say({ kind: "closed", code }));
  port.addEventListener("message", ({ data }) => {
    const message = v.safeParse(messageSchema, data);
    if (!message.success) return;
    if (message.output.kind === "event") onEvent(message.output.event);
    else if (message.output.kind === "close") socket.close(1000);
    else if (socket.readyState === WebSocket.OPEN) socket.send(message.output.data);
  });
  port.start();
  return {
    sendPassword: (password) => say({ kind: "password", password }),
    close() {
      socket.close(1000);
      port.close();
    },
  };
}

/** Whether a message to this page says that the viewer in `frame` has been loaded. */
export function isViewerReady({ source, data }: MessageEvent, frame: Window | null): boolean {
  return source === frame && v.is(v.object({ kind: v.literal("viewer-ready") }), data);
}
