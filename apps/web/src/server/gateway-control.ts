import { randomUUID } from "node:crypto";
import type { ProbeTarget } from "@automna/control-plane";
import {
  buildConnectParams,
  buildSignedConnectParams,
  type ConnectChallenge,
  type ConnectOptions,
  type DeviceIdentity,
  encodeRequest,
  type EventFrame,
  type GatewayErrorShape,
  type OperatorScope,
  parseChallenge,
  parseFrame,
  parseHello,
} from "@automna/protocol";
import { WebSocket } from "ws";
import { forwardedFor } from "./probe.ts";

/** Where a gateway is, and as whom the control plane comes. */
export interface ControlTarget extends Pick<ProbeTarget, "url" | "auth"> {
  /** The scopes that are asked for. Default: an administrator's. */
  readonly scopes?: readonly OperatorScope[];
  /** For a gateway elsewhere, which grants nothing to who is no device. */
  readonly device?: DeviceIdentity;
}

/** A connection of the control plane's own to a gateway. */
export interface GatewayControl {
  /** Whether the gateway knows a method; what it leaves out of its list it may know all the same. */
  readonly lists: (method: string) => boolean;
  /** What it admits, as it said at the greeting; absent where it has no such thing. */
  readonly suspension: string | undefined;
  /** Rejects when the gateway refuses, or goes away. */
  request(method: string, params: object): Promise<unknown>;
  close(): void;
}

/** The gateway did not let the control plane in, or did not do what it was asked. */
export class GatewayControlError extends Error {
  override readonly name = "GatewayControlError";
  readonly code: string;
  /** As the gateway gave them. */
  readonly details: unknown;
  constructor(code: string, message: string, details?: unknown) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

const ADMINISTRATOR: readonly OperatorScope[] = ["operator.admin", "operator.pairing", "operator.read"];

/** Connects as nobody but the control plane can: by the gateway's token, or by the name that only it is told. */
export async function connectControl(
  { url, auth, device, scopes = ADMINISTRATOR }: ControlTarget,
  signal: AbortSignal,
): Promise<GatewayControl> {
  signal.throwIfAborted();
  const vouched = auth.mode === "trusted-proxy";
  const headers = vouched ? forwardedFor(auth.userHeader, auth.control) : {};
  const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: TIMEOUT_MS, headers });
  const calls = followCalls(socket, signal);
  try {
    await calls.opened;
    const options: ConnectOptions = {
      client: {
        id: "gateway-client",
        mode: "backend",
        version: "0",
        platform: "node",
        displayName: "Automna",
      },
      scopes,
      caps: [],
      auth: vouched ? { kind: "none" } : { kind: "token", token: auth.token },
    };
    const params = device
      ? await buildSignedConnectParams(options, device, await calls.challenge)
      : buildConnectParams(options);
    const hello = parseHello(await calls.request("connect", params));
    if (!hello.ok) throw new GatewayControlError("unreadable-hello", "Its greeting is not understood.");
    const { features, suspension } = hello.value;
    return {
      lists: (method) => features.methods.includes(method),
      suspension,
      request: (method, params) => calls.request(method, params),
      close: () => calls.close(),
    };
  } catch (error) {
    calls.close();
    throw error;
  }
}

/** The same for as long as a piece of work takes. */
export async function withControl<T>(
  target: ControlTarget,
  signal: AbortSignal,
  work: (control: GatewayControl) => Promise<T>,
): Promise<T> {
  const control = await connectControl(target, signal);
  try {
    return await work(control);
  } finally {
    control.close();
  }
}

const TIMEOUT_MS = 10_000;

/** Requests that wait for their answers, until the socket or the signal ends them all. */
function followCalls(socket: WebSocket, signal: AbortSignal) {
  const waiting = new Map<string, PromiseWithResolvers<unknown>>();
  const opened = Promise.withResolvers<void>();
  const challenge = Promise.withResolvers<ConnectChallenge>();
  for (const { promise } of [opened, challenge]) promise.catch(() => undefined);
  const end = (error: unknown) => {
    opened.reject(error);
    challenge.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    signal.removeEventListener("abort", abort);
    socket.terminate();
  };
  const abort = () => end(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  socket.on("open", () => opened.resolve());
  socket.on("error", (error) => end(error));
  socket.on("close", (code) => end(new GatewayControlError("closed", `It closed the connection (${code}).`)));
  socket.on("message", (data: Buffer) => {
    const parsed = parseFrame(data.toString());
    if (parsed.kind === "event") readChallenge(parsed.frame, challenge);
    if (parsed.kind !== "response") return;
    const call = waiting.get(parsed.frame.id);
    waiting.delete(parsed.frame.id);
    if (parsed.frame.ok) call?.resolve(parsed.frame.payload);
    else call?.reject(refusal(parsed.frame.error));
  });
  return {
    opened: opened.promise,
    challenge: challenge.promise,
    close: () => end(new GatewayControlError("closed", "The connection was closed.")),
    request(method: string, params: object): Promise<unknown> {
      const id = randomUUID();
      const call = Promise.withResolvers<unknown>();
      waiting.set(id, call);
      socket.send(encodeRequest(id, method, params));
      return call.promise;
    },
  };
}

function readChallenge(
  { event, payload }: EventFrame,
  { resolve, reject }: PromiseWithResolvers<ConnectChallenge>,
): void {
  if (event !== "connect.challenge") return;
  const challenge = parseChallenge(payload);
  if (challenge.ok) resolve(challenge.value);
  else reject(new GatewayControlError("unreadable-challenge", "Its challenge is not understood."));
}

const refusal = ({ code, message, details }: GatewayErrorShape) =>
  new GatewayControlError(code, message, details);
