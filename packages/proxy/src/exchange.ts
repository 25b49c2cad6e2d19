import type { IncomingMessage } from "node:http";

import type { Layer } from "./access-log.ts";
import type { RouteCounters } from "./activity.ts";
import type { Forward, Obstacle } from "./admittance.ts";
import { isPromise, trustedRequestId } from "./engine-context.ts";
import type { DecisionSource, EngineContext } from "./engine-context.ts";
import type { ClientInfo } from "./forwarded.ts";
import { failureAnswer, refusalAnswer } from "./own-answer.ts";
import type { Occasion, OwnAnswer } from "./own-answer.ts";
import type { Decision } from "./route.ts";

/** What a request and a WebSocket have in common: who asked, what was decided, how far it got and what came of it. */
export abstract class Exchange {
  slot = 0;
  readonly requestId: string;
  protected readonly context: EngineContext;
  protected readonly startedAt: number;
  protected readonly startedClock: number;
  protected layer: Layer;
  protected outcome = "ok";
  protected status = 0;
  protected firstByteMs: number | undefined;
  protected bytesOut = 0;
  protected over = false;
  protected answered = false;
  protected counters: RouteCounters | undefined;
  #routeId: string | undefined;

  protected constructor(context: EngineContext, req: IncomingMessage, client: ClientInfo, layer: Layer) {
    this.context = context;
    this.layer = layer;
    this.startedAt = context.now();
    this.startedClock = context.clock();
    this.requestId =
      trustedRequestId(req.headers["x-request-id"], client.trusted) ?? context.createRequestId();
  }

  /** By whose right it was let through. */
  abstract get grant(): string | undefined;

  get routeId(): string | undefined {
    return this.#routeId;
  }

  /** What the client said that it understands. */
  protected abstract get accept(): string | undefined;

  protected abstract forward(decision: Forward): void;

  /** Answers in the upstream's place, or ends an answer that was begun. */
  protected abstract fail(obstacle: Obstacle): void;

  protected abstract answer(answer: OwnAnswer): void;

  /** Takes the decision when it comes, and acts on it. */
  protected decide(source: DecisionSource<Decision>): void {
    try {
      const decision = typeof source === "function" ? source() : source;
      if (isPromise(decision)) {
        decision.then(
          (value) => this.guarded(() => this.#decided(value)),
          (error: unknown) => this.crash(error),
        );
      } else {
        this.#decided(decision);
      }
    } catch (error) {
      this.crash(error);
    }
  }

  protected guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.crash(error);
    }
  }

  protected crash(error: unknown): void {
    this.context.onError(error, this.requestId, this.#routeId);
    this.fail({ code: "internal-error" });
  }

  protected failureAnswer(obstacle: Obstacle): OwnAnswer {
    return failureAnswer(this.context, obstacle, this.#occasion());
  }

  #decided(decision: Decision): void {
    if (this.over || this.answered) return;
    if (decision.kind === "refuse") {
      this.#routeId = decision.routeId;
      this.answer(refusalAnswer(this.context, decision, this.#occasion()));
      return;
    }
    this.#routeId = decision.route.id;
    this.layer = "route-resolved";
    this.forward(decision);
  }

  #occasion(): Occasion {
    const { layer, requestId, accept } = this;
    return { layer, requestId, routeId: this.#routeId, accept };
  }
}
