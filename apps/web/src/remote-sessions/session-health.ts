import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import type { RemoteSession } from "./session-file.ts";

/** The ways to a screen, from the outside in: each needs the one before. */
const LAYERS = ["resolved", "connected", "answered", "greeted"] as const;
type HealthLayer = (typeof LAYERS)[number];

interface LayerHealth {
  readonly name: HealthLayer;
  readonly status: "ok" | "failed" | "skipped";
  /** Milliseconds that it took; null when it was skipped. */
  readonly ms: number | null;
}

export interface SessionHealth {
  /** `creating`: it has no address yet. `starting`: some layer does not answer. */
  readonly status: "creating" | "starting" | "ready";
  readonly layers: readonly LayerHealth[];
  /** What the first layer that failed said, and what to do; null when all is well. */
  readonly failure: { readonly layer: HealthLayer; readonly message: string } | null;
}

export interface HealthOptions {
  /** How long each layer may take, in milliseconds. Default 5,000. */
  readonly limitMs?: number;
  readonly clock?: () => number;
}

const ADVICE: Readonly<Record<HealthLayer, string>> = {
  resolved: "The machine has no address yet: it is being made.",
  connected:
    "Nothing accepts connections at the machine's address. It may be starting; if it stays so, check it.",
  answered: "The machine is up, but websockify on it does not answer a WebSocket. Check that it runs.",
  greeted: "websockify answers, but no VNC server stands behind it. Check that one runs and on which port.",
};

/** Looks at each layer in turn, as a viewer would come, and leaves again after the VNC server's first words. */
export async function checkSession(
  session: RemoteSession,
  options: HealthOptions = {},
): Promise<SessionHealth> {
  const { limitMs = 5_000, clock = () => performance.now() } = options;
  const layers: LayerHealth[] = [];
  const opened: { destroy(): void }[] = [];

  async function layer<T>(name: HealthLayer, work: Promise<T>): Promise<T> {
    const since = clock();
    const took = () => Math.round(clock() - since);
    try {
      const value = await within(work, limitMs);
      layers.push({ name, status: "ok", ms: took() });
      return value;
    } catch (error) {
      layers.push({ name, status: "failed", ms: took() });
      throw error;
    }
  }

  try {
    const target = await layer("resolved", addressOf(session));
    const socket = openSocket(target, session.verifyCertificate);
    opened.push(socket);
    await layer("connected", untilConnected(socket, target.protocol === "https:"));
    const screen = openScreen(target, socket);
    opened.push({ destroy: () => screen.socket.terminate() });
    await layer("answered", screen.answered);
    await layer("greeted", screen.greeted);
    return { status: "ready", layers, failure: null };
  } catch {
    const { name } = layers.at(-1) ?? { name: "resolved" };
    for (const later of LAYERS.slice(layers.length))
      layers.push({ name: later, status: "skipped", ms: null });
    const status = name === "resolved" ? "creating" : "starting";
    return { status, layers, failure: { layer: name, message: ADVICE[name] } };
  } finally {
    for (const one of opened) one.destroy();
  }
}

function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("It took too long.")), limitMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

async function addressOf({ target, path }: RemoteSession): Promise<URL> {
  if (target === null) throw new Error("It has no address.");
  return new URL(path, target);
}

function openSocket({ protocol, hostname, port }: URL, verify: boolean): Socket {
  const secure = protocol === "https:";
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const address = { host, port: Number(port || (secure ? 443 : 80)) };
  const socket = secure
    ? connectTls({ ...address, servername: hostname, rejectUnauthorized: verify })
    : connectTcp(address);
  // Whoever waits hears of it by another listener.
  return socket.on("error", () => undefined);
}

function untilConnected(socket: Socket, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(secure ? "secureConnect" : "connect", () => resolve());
    socket.once("error", reject);
  });
}

function openScreen(target: URL, socket: Socket) {
  const url = new URL(target);
  url.protocol = "ws:";
  const screen = new WebSocket(url, "binary", { createConnection: () => socket });
  const answered = Promise.withResolvers<void>();
  const greeted = Promise.withResolvers<void>();
  greeted.promise.catch(() => undefined);
  answered.promise.catch(() => undefined);
  let words = "";
  screen.on("open", () => answered.resolve());
  screen.on("message", (data: Buffer) => {
    words += data.toString("latin1");
    // RFC 6143 section 7.1.1: "RFB 003.008\n"
    if (/^RFB \d{3}\.\d{3}\n/.test(words)) greeted.resolve();
    else if (words.length >= 12) greeted.reject(new Error("It is no VNC server."));
  });
  const fail = () => {
    const error = new Error("It closed the connection.");
    answered.reject(error);
    greeted.reject(error);
  };
  screen.on("error", fail).on("close", fail);
  return { socket: screen, answered: answered.promise, greeted: greeted.promise };
}
