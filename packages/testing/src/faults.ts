import type { JsonObject } from "./json.ts";

/** Which frames a fault is about. All given conditions must hold; `{}` matches every frame after the handshake. */
export type FrameMatch = {
  /** `"out"`: from gateway to client (the default). `"in"`: from client to gateway. */
  direction?: "out" | "in";
  /** Event name, for instance `"chat"`. */
  event?: string;
  /** `payload.state` of a chat event. */
  state?: string;
  /** `payload.stream` of an agent event. */
  stream?: string;
  /** Method of the request, or of the request that a response answers. */
  method?: string;
  sessionKey?: string;
  runId?: string;
  /** Only the connection with this number (1 is the first one the gateway ever saw). */
  connection?: number;
  /** Anything else. */
  where?: (frame: JsonObject) => boolean;
};

/** What goes wrong. Frame-bound faults wait for their frame; each one fires `times` times (default 1). */
export type Fault = { match?: FrameMatch; nth?: number; times?: number } & (
  | {
      /** The connection breaks just before or just after the frame. `code` absent: TCP loss, the client sees 1006. */
      type: "drop";
      at?: "before" | "after";
      code?: number;
      reason?: string;
    }
  /** The frame is lost and its sequence number with it: the client sees a gap. */
  | { type: "skip" }
  /** The frame arrives twice. */
  | { type: "duplicate" }
  /** The frame is held back for `ms`; frames behind it wait too, unless `overtaking`. */
  | { type: "delay"; ms: number; overtaking?: boolean }
  /** From this frame on nothing moves in either direction, yet the socket stays open. */
  | { type: "half-open" }
  /** The whole gateway process dies (1006 for everyone); it comes back after `downMs` unless absent. */
  | { type: "kill"; at?: "before" | "after"; downMs?: number }
  /** The gateway restarts in an orderly way (shutdown event, 1012). */
  | { type: "restart"; at?: "before" | "after"; downMs?: number; restartExpectedMs?: number | null }
);

/** An armed fault. */
export type ArmedFault = {
  /** How often it has fired. */
  readonly fired: number;
  disarm(): void;
};
