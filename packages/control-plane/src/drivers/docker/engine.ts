import Docker from "dockerode";
import { DriverError } from "../driver.ts";

/** Where a Docker engine answers. */
export interface EngineAddress {
  /** As `DOCKER_HOST`: `unix:///var/run/docker.sock` or `tcp://10.0.0.5:2376`. Default the local socket. */
  readonly host?: string;
  /** PEM texts; with them a `tcp://` engine is spoken to over TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Milliseconds that an ordinary request may take. Default 30000. */
  readonly timeoutMs?: number;
}

/** What the engine, or the way to it, answered instead of what was asked for. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** HTTP status; `null` when nothing answered. */
  readonly status: number | null;

  constructor(status: number | null, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof EngineError && error.status === 404;
}

export function isConflict(error: unknown): boolean {
  return error instanceof EngineError && error.status === 409;
}

/** What was asked for is so already, such as a stop of what does not run. */
export function isNotModified(error: unknown): boolean {
  return error instanceof EngineError && error.status === 304;
}

const OLDEST_API = 41;
/** The newest that this code has been written against. */
const NEWEST_API = 47;
const DEFAULT_TIMEOUT_MS = 30_000;

/** A Docker engine, asked with a time limit of our own for every request. */
export class Engine {
  readonly #address: EngineAddress;
  #client: Promise<Docker> | null = null;

  constructor(address: EngineAddress = {}) {
    this.#address = address;
  }

  /** Rejects with {@link EngineError}. The signal is for requests that take one. */
  async ask<T>(
    work: (docker: Docker, signal: AbortSignal) => Promise<T>,
    timeoutMs: number = this.#address.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  ): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () =>
        reject(new EngineError(null, `the Docker engine did not answer within ${timeoutMs / 1000} s`)),
      );
    });
    return Promise.race([this.#connected().then((docker) => work(docker, signal)), late]).catch(
      (error: unknown) => {
        throw toEngineError(error);
      },
    );
  }

  /** `null` for what does not exist; every other failure rejects. */
  async find<T>(work: (docker: Docker, signal: AbortSignal) => Promise<T>): Promise<T | null> {
    return this.ask(work).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
  }

  /** A stream that lasts until somebody ends it. */
  async stream<T>(work: (docker: Docker) => Promise<T>): Promise<T> {
    return this.#connected()
      .then(work)
      .catch((error: unknown) => {
        throw toEngineError(error);
      });
  }

  /** The API version is settled once, at the first answer. */
  #connected(): Promise<Docker> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  async #connect(): Promise<Docker> {
    const options = clientOptions(this.#address);
    const { ApiVersion, MinAPIVersion } = await new Docker(options).version();
    return new Docker({ ...options, version: `v${chooseApiVersion(ApiVersion, MinAPIVersion ?? "1.12")}` });
  }
}

/** The newest version that both sides know. Throws {@link DriverError} when there is none. */
export function chooseApiVersion(newest: string, oldest: string): string {
  const minor = (version: string) => Number(version.split(".")[1] ?? 0);
  const chosen = Math.min(minor(newest), NEWEST_API);
  if (chosen < OLDEST_API || chosen < minor(oldest)) {
    throw new DriverError(
      "engine-unreachable",
      `The Docker engine speaks API ${oldest} to ${newest}; 1.${OLDEST_API} to 1.${NEWEST_API} is needed. Install Docker 20.10 or newer.`,
    );
  }
  return `1.${chosen}`;
}

function clientOptions({ host = "unix:///var/run/docker.sock", tls }: EngineAddress): Docker.DockerOptions {
  const url = URL.parse(host);
  switch (url?.protocol) {
    case "unix:":
      return { socketPath: url.pathname };
    case "tcp:":
    case "http:":
    case "https:":
      return {
        protocol: tls ? "https" : "http",
        host: url.hostname,
        port: url.port || (tls ? 2376 : 2375),
        ...tls,
      };
    default:
      throw new DriverError(
        "engine-unreachable",
        `${host} is no address of a Docker engine. Write unix:///path/to/docker.sock or tcp://host:port.`,
      );
  }
}

function toEngineError(error: unknown): unknown {
  if (error instanceof EngineError || error instanceof DriverError) return error;
  if (!(error instanceof Error)) return new EngineError(null, String(error));
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : null;
  return new EngineError(status, engineWords(error), { cause: error });
}

/** dockerode writes `(HTTP code 409) conflict - …`; the engine's own words come after the dash. */
function engineWords(error: Error): string {
  const json = "json" in error ? error.json : null;
  if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string") {
    return json.message;
  }
  return error.message.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim();
}

/** The same failure in the driver's words. */
export function driverError(error: unknown, doing: string): DriverError {
  if (error instanceof DriverError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (error instanceof EngineError && error.status === null) {
    return new DriverError(
      "engine-unreachable",
      `The Docker engine cannot be reached (${words}). Start it, or check DOCKER_HOST and who may open its socket.`,
      { cause: error },
    );
  }
  return new DriverError("io-failed", `${doing} failed: ${words}.${advice(words)}`, { cause: error });
}

function advice(words: string): string {
  return /no space left on device/i.test(words)
    ? " Its disk is full: make room, or raise the disk limit."
    : "";
}
