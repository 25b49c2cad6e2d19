import type { GatewaySettings } from "./gateway-config.ts";

/** The gateway programs that the control plane can run. `demo` answers without a model and says so. */
export type GatewayProduct = "openclaw" | "clawdbot" | "demo";

/**
 * One person's gateway: everything a driver needs to create and run it.
 *
 * `revision` changes whenever a running gateway would have to be restarted to match (another token, another model,
 * another image); {@link revisionOf} computes it.
 */
export interface InstanceSpec {
  /** 24 lower-case hex characters. Appears in URLs, directory names and labels. */
  readonly id: string;
  readonly ownerId: string;
  readonly product: GatewayProduct;
  readonly settings: GatewaySettings;
  readonly revision: string;
  /** For drivers that run images. Default: the driver's own. */
  readonly image?: string;
  /** Default: the driver's own. */
  readonly limits?: InstanceLimits;
  /** The DNS label under which a reverse proxy in front of the router announces it. */
  readonly subdomain?: string | null;
}

/** What one gateway may use. A driver that cannot limit something leaves that limit out. */
export interface InstanceLimits {
  /** Bytes. */
  readonly memory?: number;
  /** CPUs, such as 0.5. */
  readonly cpus?: number;
  /** Processes and threads. */
  readonly pids?: number;
  /** Bytes of its own storage. */
  readonly disk?: number;
}

/** Where a running gateway listens, and how a router must write the path it forwards. */
export interface InstanceTarget {
  /** Numeric address or host name; `127.0.0.1` for the process driver. */
  readonly host: string;
  readonly port: number;
  /** `keep`: forward `/i/{id}/x` as it is. `strip`: forward `/x`. */
  readonly prefix: "keep" | "strip";
  /**
   * `omit`: send no `X-Forwarded-*`, `Forwarded` or `X-Real-IP` header. A gateway on loopback takes such a header for
   * the mark of an unknown proxy (OpenClaw: HTTP 403) or of a remote browser (both: pairing required).
   */
  readonly forwardedHeaders: "omit" | "write";
  /**
   * What the router must write into each request once it knows that its sender is the owner: the gateway then asks
   * for no other proof. The same header from a client is dropped. Absent where the gateway wants its token.
   */
  readonly identity?: { readonly header: string; readonly value: string };
}

/** What the owner (or an operator) wants. */
export type DesiredState =
  | { readonly status: "running"; readonly revision: string }
  | { readonly status: "stopped" }
  | { readonly status: "destroyed" };

/** How a gateway process ended. */
export interface GatewayExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type FailureCode =
  | "config-invalid"
  | "gateway-missing"
  | "crash-loop"
  | "start-timeout"
  | "refused"
  | "upgrade-failed"
  | "disk-full"
  | "driver-failed";

/** Why an instance cannot run, with the next step for whoever reads it. */
export interface InstanceFailure {
  readonly code: FailureCode;
  /** What happened and what to do next, one or two sentences. Holds no secret. */
  readonly message: string;
}

/**
 * What a driver saw. `unknown` means that it could not look; nothing may be removed on that ground. `absent` means
 * that it looked and there is nothing.
 */
export type Observation =
  | { readonly status: "unknown"; readonly reason: string }
  | { readonly status: "absent" }
  | { readonly status: "stopped"; readonly exit: GatewayExit | null }
  | {
      readonly status: "running";
      readonly revision: string;
      readonly target: InstanceTarget;
      /** Milliseconds since the epoch. */
      readonly startedAt: number;
      /** Docker's id of the container, where there is one. */
      readonly containerId?: string;
      /** Its engine asks it for its health and gets no answer. A handshake has the last word. */
      readonly isUnhealthy?: true;
    }
  | {
      readonly status: "restarting";
      readonly revision: string;
      readonly exit: GatewayExit;
      /** How many times in a row it died without having run for a while, from 1. */
      readonly attempt: number;
      /** Milliseconds since the epoch. */
      readonly retryAt: number;
    }
  | { readonly status: "failed"; readonly revision: string; readonly failure: InstanceFailure };

/** What the plan works on: a driver's observation, or `ready` once an authenticated handshake has succeeded. */
export type ObservedState =
  | Observation
  | {
      readonly status: "ready";
      readonly revision: string;
      readonly target: InstanceTarget;
      readonly containerId?: string;
    };

/** Everything a probe needs for one authenticated handshake. */
export interface ProbeTarget {
  readonly product: GatewayProduct;
  readonly target: InstanceTarget;
  /** `ws://…`, with the base path if the gateway was given one. Never holds a secret. */
  readonly url: string;
  readonly auth: GatewaySettings["auth"];
}

export type ProbeResult =
  | {
      readonly status: "ready";
      readonly protocol: number;
      readonly version: string;
      /** It takes no new work until it is resumed. */
      readonly suspended?: true;
    }
  | { readonly status: "starting"; readonly retryAfterMs: number }
  | { readonly status: "unreachable"; readonly reason: string }
  | { readonly status: "refused"; readonly code: string; readonly message: string };

/** Lets a suspended gateway take work again; given by the app, like {@link Probe}. Rejects when it could not. */
export type Resume = (target: ProbeTarget, signal: AbortSignal) => Promise<void>;

/**
 * Has a running gateway read its secrets again, by the name under which it is to know the control plane from now on; given
 * by the app, like {@link Probe}. Rejects while the gateway does not take that name, and when it could not read them.
 */
export type ReloadSecrets = (target: ProbeTarget, signal: AbortSignal) => Promise<void>;

/**
 * Performs one handshake with a gateway by the credentials that the control plane holds. Given by the app, since
 * this package does not speak the gateway's protocol. Resolves in every case; rejects only when `signal` aborts.
 */
export type Probe = (target: ProbeTarget, signal: AbortSignal) => Promise<ProbeResult>;
