import {
  encodeRequest,
  parseShutdown,
  type Call,
  type ConnectAdvice,
  type EventFrame,
  type HelloOk,
  type ShutdownNotice,
} from "@automna/protocol";

import type * as AdviceModule from "./close-advice.ts";
import { BACKOFF, backoffDelay } from "./backoff.ts";
import { ConnectionAttempt, type AttemptEnd } from "./connection-attempt.ts";
import type { ConnectionOptions, ProviderRequest } from "./connection-options.ts";
import type { ConnectionState, WaitReason } from "./connection-state.ts";
import { ask, isProvider } from "./credentials.ts";
import { advicePart } from "./chat-parts.ts";
import { defaultEnvironment, type Environment, type Stop } from "./environment.ts";
import { ConnectionLostError, errorMessage } from "./errors.ts";
import { Introduction } from "./introduction.ts";
import { Liveness } from "./liveness.ts";
import { RequestLedger } from "./request-ledger.ts";
import { noSecondChances } from "./second-chances.ts";
import { webSocketTransport } from "./websocket-transport.ts";

/** How long a request may take when nothing else is said, milliseconds. */
const REQUEST_MS = 30_000;
/** A connection that lived this long starts its backoff anew, milliseconds. */
const STABLE_MS = 5_000;
/** How long a sign of life may take after the person or the network came back, milliseconds. */
const PROBE_MS = 8_000;
/** Silence that makes a probe worthwhile, milliseconds. */
const PROBE_AFTER_MS = 2_000;
/** Wake-ups come in bursts; no attempt follows another sooner than this, milliseconds. */
const WAKE_GAP_MS = 1_000;

/** What a connection tells. */
export interface ConnectionListener {
  state?(state: ConnectionState): void;
  /** Of an `agent` event that brings a token of a reply, the payload says `{ stream: "assistant" }` and no more: `chat` events tell the text. */
  event?(frame: EventFrame): void;
  /** Event frames were lost; what they said has to be read again. */
  gap?(): void;
}

/**
 * One connection to one gateway: it opens, proves who it is, stays alive, comes back, and never asks the same refused
 * question twice.
 *
 * @example
 * ```ts
 * import { GatewayConnection } from "@automna/client";
 *
 * const connection = new GatewayConnection({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * connection.subscribe({ state: (state) => render(state.status) });
 * connection.open();
 * ```
 */
export class GatewayConnection {
  readonly #options: ConnectionOptions;
  readonly #environment: Environment;
  readonly #introduction: Introduction;
  readonly #ledger: RequestLedger;
  readonly #listeners = new Set<ConnectionListener>();
  #state: ConnectionState = { status: "idle" };
  #url: string | null = null;
  #attempt: ConnectionAttempt | null = null;
  #liveness: Liveness | null = null;
  /** Attempts since the last stable connection. */
  #attempts = 0;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #generation = 0;
  #requests = 0;
  #lastSeq: number | null = null;
  #shutdown: ShutdownNotice | undefined;
  #chances = noSecondChances();
  #lastAdvice: ConnectAdvice | null = null;
  /** Why the gateway went away, in its own words; attempts that reach nobody say nothing newer. */
  #announced: WaitReason | null = null;
  #refusedToken: string | null = null;
  #asking: AbortController | null = null;
  #stopTimer: Stop = () => {};
  #stopWake: Stop = () => {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#environment = options.environment ?? defaultEnvironment;
    this.#introduction = new Introduction(options);
    this.#ledger = new RequestLedger(this.#environment);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The address that was dialled last; `null` before the first attempt. */
  get url(): string | null {
    return this.#url;
  }

  /** Listens until the returned function is called. */
  subscribe(listener: ConnectionListener): Stop {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Starts. Does nothing when it was started already. */
  open(): void {
    if (this.#state.status !== "idle" && this.#state.status !== "closed") return;
    this.#stopWake = this.#environment.onWake(() => this.#wake());
    this.#attempts = 0;
    // It loads while the socket opens; a failure is noticed when the advice is wanted.
    advicePart.load().catch(() => {});
    void this.#connect("connect");
  }

  /** Tries now, on behalf of the person: leaves `waiting`, `pairing` and `failed`; a live connection is left alone. */
  reconnect(): void {
    const { status } = this.#state;
    if (status === "ready" || status === "connecting" || status === "authenticating") return;
    if (status === "idle" || status === "closed") return this.open();
    this.#chances = noSecondChances();
    this.#attempts = 0;
    void this.#connect("connect");
  }

  /** Ends it for good (until {@link open}). Everything that waits fails. */
  close(): void {
    this.#generation += 1;
    this.#stopTimer();
    this.#stopWake();
    this.#asking?.abort();
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.close(1000, "bye");
    this.#dropped();
    this.#enter({ status: "closed" });
  }

  /**
   * Sends a request.
   *
   * @param timeoutMs how long to wait, milliseconds
   * @returns the payload of the answer
   * @throws {ConnectionLostError | RequestTimeoutError | GatewayRequestError} as a rejection
   */
  request(call: Call, timeoutMs: number = REQUEST_MS): Promise<unknown> {
    const { method, params } = call;
    const id = `r${(this.#requests += 1)}`;
    if (!this.#attempt?.send(encodeRequest(id, method, params))) {
      return Promise.reject(new ConnectionLostError(method, false));
    }
    return this.#ledger.open(id, method, timeoutMs);
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener.state?.(state);
  }

  async #connect(reason: ProviderRequest["reason"]): Promise<void> {
    const generation = (this.#generation += 1);
    this.#stopTimer();
    this.#attempts += 1;
    this.#attemptedAt = this.#environment.now();
    this.#enter({ status: "connecting", attempt: this.#attempts });
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    let code: WaitReason["code"] = "provider-failed";
    try {
      const request = { reason, signal: asking.signal };
      const { gatewayUrl, authToken } = this.#options;
      const [url, token] = await Promise.all([
        ask(gatewayUrl, request, this.#environment),
        ask(authToken, request, this.#environment),
      ]);
      if (generation !== this.#generation) return;
      if (reason === "auth-failed" && token === this.#refusedToken) return this.#fail();
      code = "client-failed";
      this.#dial(toSocketUrl(url), token);
    } catch (error) {
      if (generation !== this.#generation) return;
      const detail = errorMessage(error);
      this.#wait(backoffDelay(this.#attempts, this.#environment.random()), { code, detail });
    }
  }

  #fail(): void {
    this.#enter({ status: "failed", advice: this.#lastAdvice ?? { action: "stop", code: "unauthorized" } });
  }

  #dial(url: string, token: string | null): void {
    this.#url = url;
    this.#lastSeq = null;
    this.#shutdown = undefined;
    let attempt: ConnectionAttempt | null = null;
    let isOver = false;
    const isCurrent = () => attempt === null || this.#attempt === attempt;
    attempt = new ConnectionAttempt({
      url,
      environment: this.#environment,
      transport: this.#options.transport ?? webSocketTransport(),
      connectParams: (challenge) => this.#introduction.params(url, token, challenge, this.#chances),
      owner: {
        opened: () => {
          if (isCurrent()) this.#enter({ status: "authenticating", attempt: this.#attempts });
        },
        ready: (hello) => isCurrent() && this.#ready(url, hello),
        event: (frame) => isCurrent() && this.#event(frame),
        response: (frame) => {
          this.#liveness?.heard();
          this.#ledger.settle(frame);
        },
        ended: (end) => {
          isOver = true;
          if (isCurrent()) this.#ended(url, token, end);
        },
      },
    });
    if (!isOver) this.#attempt = attempt;
  }

  #ready(url: string, hello: HelloOk): void {
    this.#chances = noSecondChances(this.#introduction.accepted(url, hello));
    this.#refusedToken = null;
    this.#announced = null;
    const limitMs = 2 * hello.policy.tickIntervalMs;
    this.#liveness = new Liveness(this.#environment, limitMs, () =>
      this.#attempt?.close(4000, "tick timeout"),
    );
    this.#enter({ status: "ready", hello, since: this.#environment.now() });
  }

  #event(frame: EventFrame): void {
    this.#liveness?.heard();
    const { seq } = frame;
    const isGap = seq !== undefined && this.#lastSeq !== null && seq > this.#lastSeq + 1;
    if (seq !== undefined) this.#lastSeq = Math.max(seq, this.#lastSeq ?? seq);
    if (frame.event === "shutdown") {
      const parsed = parseShutdown(frame.payload);
      if (parsed.ok) this.#shutdown = parsed.value;
    }
    for (const listener of this.#listeners) {
      if (isGap) listener.gap?.();
      listener.event?.(frame);
    }
  }

  #dropped(): void {
    this.#liveness?.stop();
    this.#liveness = null;
    this.#ledger.failAll();
  }

  #ended(url: string, token: string | null, end: AttemptEnd): void {
    const since = this.#state.status === "ready" ? this.#state.since : null;
    this.#attempt = null;
    this.#dropped();
    if (since !== null && this.#environment.now() - since >= STABLE_MS) this.#attempts = 0;
    const generation = this.#generation;
    const decide = (part: typeof AdviceModule) => {
      if (generation === this.#generation) this.#decide(part, end, url, token);
    };
    if (advicePart.loaded !== null) return decide(advicePart.loaded);
    advicePart.load().then(decide, () => {
      // Without knowing what a refusal means it must not be repeated soon: a gateway locks out whoever does.
      if (generation === this.#generation) this.#wait(BACKOFF.maxMs, { code: "part-missing" });
    });
  }

  #decide(part: typeof AdviceModule, end: AttemptEnd, url: string, token: string | null): void {
    const { advice, reason, announced } = part.adviceAfter(end, this.#shutdown, this.#announced);
    this.#lastAdvice = advice;
    this.#announced = announced;
    if (advice.action === "pair") return this.#pair(advice);
    if (advice.action === "refresh-token") return void this.#refresh(advice, url, token);
    const ms = part.waitAfter(advice, this.#chances, {
      attempts: this.#attempts,
      canDemandDevice: (this.#options.device ?? "auto") === "auto" && token !== null,
      random: this.#environment.random(),
    });
    if (ms === null) this.#fail();
    else this.#wait(ms, reason);
  }

  /** One bounded second try: with the other token, or with what the provider gives now. Then it stops. */
  async #refresh(
    advice: ConnectAdvice & { action: "refresh-token" },
    url: string,
    token: string | null,
  ): Promise<void> {
    const generation = this.#generation;
    const canUseOwn = advice.canRetryWithDeviceToken === true;
    const isWorthATry = await this.#introduction.refused(url, canUseOwn, this.#chances);
    if (generation !== this.#generation) return;
    if (isWorthATry) return void this.#connect("connect");
    if (this.#chances.refreshed || !isProvider(this.#options.authToken)) return this.#fail();
    this.#chances.refreshed = true;
    this.#chances.deviceToken = false;
    this.#refusedToken = token;
    await this.#connect("auth-failed");
  }

  #wait(ms: number, reason: WaitReason): void {
    this.#enter({ status: "waiting", attempt: this.#attempts, retryAt: this.#later(ms), reason });
  }

  #pair(advice: ConnectAdvice & { action: "pair" }): void {
    const retryAt = this.#later(advice.retryAfterMs);
    this.#enter({ status: "pairing", requestId: advice.requestId ?? null, retryAt });
  }

  /** Tries again after `ms`. @returns when that is */
  #later(ms: number): number {
    this.#stopTimer();
    this.#stopTimer = this.#environment.after(ms, () => void this.#connect("connect"));
    return this.#environment.now() + ms;
  }

  #wake(): void {
    const state = this.#state;
    if (!this.#environment.isOnline()) return;
    if (state.status === "ready") return void this.#probe();
    if (this.#environment.now() - this.#attemptedAt < WAKE_GAP_MS) return;
    const mayTry =
      state.status === "waiting" ? state.reason.code !== "rate-limited" : state.status === "pairing";
    if (mayTry) void this.#connect("connect");
  }

  /** A connection that slept may be dead without knowing it. Any answer, even a refusal, is a sign of life. */
  async #probe(): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === null || (this.#liveness?.silentMs ?? 0) < PROBE_AFTER_MS) return;
    const silentBefore = this.#environment.now();
    await this.request({ method: "health", params: {} }, PROBE_MS).catch(() => {});
    const heardAt = this.#environment.now() - (this.#liveness?.silentMs ?? 0);
    if (this.#attempt === attempt && heardAt < silentBefore) attempt.close(4000, "no sign of life");
  }
}

/** A WebSocket wants `ws:` or `wss:`; people write what they see in the address bar. */
function toSocketUrl(url: string): string {
  return url.replace(/^http(s?):/i, "ws$1:");
}
