import type { Probe, ProbeResult, ProbeTarget } from "@automna/control-plane";
import {
  adviceSentence,
  adviseOnConnectError,
  buildConnectParams,
  encodeRequest,
  type GatewayErrorShape,
  parseFrame,
  parseHello,
} from "@automna/protocol";
import { WebSocket } from "ws";

const REQUEST_ID = "probe";
const TIMEOUT_MS = 15_000;
const RETRY_AFTER_MS = 500;

/** An address that nobody has (RFC 5737): a gateway believes no proxy that forwards for its own machine. */
const NOBODYS_ADDRESS = "192.0.2.1";

/**
 * One handshake with a gateway, as the app itself: `gateway-client`/`backend` is let in by the token alone, on loopback,
 * or by the router's word, if it sends no Origin.
 */
export const probeGateway: Probe = ({ url, auth, target }, signal) =>
  new Promise<ProbeResult>((resolve, reject) => {
    signal.throwIfAborted();
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: TIMEOUT_MS,
      headers: headersFor(target),
    });
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.terminate();
      finish();
    };
    const answer = (result: ProbeResult) => settle(() => resolve(result));
    const abort = () => settle(() => reject(signal.reason));
    const timer = setTimeout(() => answer(unreachable("it did not answer in time")), TIMEOUT_MS);
    signal.addEventListener("abort", abort, { once: true });
    socket.on("open", () => socket.send(connectRequest(auth)));
    socket.on("message", (data: Buffer) => {
      const result = readAnswer(data.toString());
      if (result) answer(result);
    });
    socket.on("error", (error) => answer(unreachable(error.message)));
    socket.on("close", (code, reason) => answer(closed(code, reason.toString())));
  });

/** What the router writes into the owner's requests. */
function headersFor({ identity }: ProbeTarget["target"]): Record<string, string> {
  return identity === undefined ? {} : forwardedFor(identity.header, identity.value);
}

/** As the router vouches: for this name, under that header. */
export function forwardedFor(header: string, name: string): Record<string, string> {
  return { "x-forwarded-for": NOBODYS_ADDRESS, "x-forwarded-proto": "https", [header]: name };
}

function connectRequest(auth: ProbeTarget["auth"]): string {
  const params = buildConnectParams({
    client: { id: "gateway-client", mode: "backend", version: "0", platform: "node", displayName: "Automna" },
    scopes: ["operator.read"],
    caps: [],
    auth: auth.mode === "token" ? { kind: "token", token: auth.token } : { kind: "none" },
  });
  return encodeRequest(REQUEST_ID, "connect", params);
}

function readAnswer(text: string): ProbeResult | null {
  const parsed = parseFrame(text);
  if (parsed.kind !== "response" || parsed.frame.id !== REQUEST_ID) return null;
  if (!parsed.frame.ok) return refusal(parsed.frame.error);
  const hello = parseHello(parsed.frame.payload);
  if (!hello.ok)
    return {
      status: "refused",
      code: "unreadable-hello",
      message: "It answered with a greeting that is not understood.",
    };
  const { protocol, server, suspension = "accepting" } = hello.value;
  const suspended = suspension === "accepting" ? {} : ({ suspended: true } as const);
  return { status: "ready", protocol, version: server.version, ...suspended };
}

function refusal(error: GatewayErrorShape): ProbeResult {
  const advice = adviseOnConnectError(error);
  return error.code === "UNAVAILABLE" && advice.action === "retry-after"
    ? { status: "starting", retryAfterMs: advice.retryAfterMs }
    : { status: "refused", code: advice.code, message: adviceSentence(advice) };
}

/** It went away before it answered: 1012 and 1013 say that it will be back. */
function closed(code: number, reason: string): ProbeResult {
  return code === 1012 || code === 1013
    ? { status: "starting", retryAfterMs: RETRY_AFTER_MS }
    : unreachable(`it closed the connection (${code}${reason ? `, ${reason}` : ""})`);
}

const unreachable = (reason: string): ProbeResult => ({ status: "unreachable", reason });
