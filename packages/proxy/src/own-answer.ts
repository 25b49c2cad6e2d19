import type { Layer } from "./access-log.ts";
import type { Obstacle } from "./admittance.ts";
import type { EngineContext } from "./engine-context.ts";
import { describeFailure, renderRefusal, seconds } from "./failure.ts";
import type { Decision } from "./route.ts";

/** What the proxy answers by itself, framing apart. */
export interface OwnAnswer {
  /** For the access record. */
  readonly outcome: string;
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string;
}

/** To whom, and how far it got. */
export interface Occasion {
  readonly layer: Layer;
  readonly requestId: string;
  readonly routeId: string | undefined;
  readonly accept: string | undefined;
}

/** The answer to a failure that the proxy found. */
export function failureAnswer(
  context: Pick<EngineContext, "renderFailure">,
  { code, message, retryAfterMs }: Obstacle,
  { layer, requestId, routeId, accept }: Occasion,
): OwnAnswer {
  const failure = describeFailure(code, {
    layer,
    requestId,
    ...(message === undefined ? {} : { message }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(routeId === undefined ? {} : { routeId }),
  });
  const { contentType, body, headers = {} } = context.renderFailure(failure, accept);
  const into = [...Object.entries(headers).flat(), "content-type", contentType];
  if (code === "upgrade-required") into.push("sec-websocket-version", "13");
  return { outcome: code, status: failure.status, headers: withWait(into, retryAfterMs), body };
}

/** The answer that the app decided to give instead of the upstream's. */
export function refusalAnswer(
  context: Pick<EngineContext, "renderFailure">,
  decision: Extract<Decision, { kind: "refuse" }>,
  { layer, requestId, accept }: Occasion,
): OwnAnswer {
  const render = renderRefusal(decision, { layer, requestId }, (failure) =>
    context.renderFailure(failure, accept),
  );
  const { contentType, body, headers = {} } = render;
  const { code = "refused", status, retryAfterMs } = decision;
  const into = [...Object.entries(headers).flat(), "content-type", contentType];
  return { outcome: code, status, headers: withWait(into, retryAfterMs), body };
}

function withWait(headers: string[], retryAfterMs: number | undefined): string[] {
  if (retryAfterMs !== undefined) headers.push("retry-after", String(seconds(retryAfterMs)));
  return headers;
}
