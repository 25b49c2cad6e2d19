import * as v from "valibot";
import { type Answer, understand } from "../browser/ask.ts";
import { pause } from "../browser/pause.ts";

type Trouble = Exclude<Answer<unknown>, { kind: "ok" }>;

/** What the chat page knows of the person's gateway. */
export type GatewayState =
  | { readonly status: "loading" }
  | { readonly status: "provisioning"; readonly phase: string; readonly elapsedMs: number }
  | {
      readonly status: "ready";
      readonly gatewayUrl: string;
      readonly authToken: string | null;
      readonly sessionKey: string;
      /** A gateway elsewhere, of which this app knows nothing but what the link said. */
      readonly linked?: true;
    }
  | { readonly status: "failed"; readonly trouble: Trouble }
  /** Somebody wanted it so; who waits does not undo that. */
  | { readonly status: "stopped" }
  | { readonly status: "deleted" }
  | { readonly status: "signed-out" };

const address = { gatewayUrl: v.string(), sessionKey: v.string() };
const answerSchema = v.variant("status", [
  v.object({ status: v.literal("ready"), authToken: v.nullable(v.string()), ...address }),
  v.object({
    status: v.literal("provisioning"),
    phase: v.string(),
    elapsedMs: v.number(),
    retryAfterMs: v.number(),
    ...address,
  }),
]);

type Look = {
  readonly state: GatewayState;
  /** null: nothing more to ask. */ readonly againInMs: number | null;
};

const FAILED_AGAIN_MS = 3_000;
/** Right after a sign-in, and while a session's token is renewed, the browser may ask once without a good one. */
const SIGN_IN_SETTLES_MS = 500;
/** So many refusals in a row, and nobody is signed in. */
const REFUSALS = 3;
const ANSWER_MS = 15_000;

/**
 * Asks once where the gateway is. Never rejects, unless the signal aborts.
 *
 * @param start Whether it is made or woken where it has to be.
 */
export async function lookForGateway(
  signal: AbortSignal,
  fetchFrom: typeof fetch = fetch,
  start = true,
): Promise<Look> {
  try {
    const response = await fetchFrom(`/api/user/gateway${start ? "" : "?start=false"}`, {
      // A question that got lost would be waited for as long as the page is open.
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      cache: "no-store",
      credentials: "same-origin",
    });
    if (response.status === 401) return { state: { status: "signed-out" }, againInMs: FAILED_AGAIN_MS };
    const answer = await understand(response, answerSchema);
    return answer.kind === "ok" ? understood(answer.value) : failed(answer, retryAfterMs(response));
  } catch {
    signal.throwIfAborted();
    return failed({ kind: "unreachable" });
  }
}

function understood(answer: v.InferOutput<typeof answerSchema>): Look {
  if (answer.status === "ready") return { state: answer, againInMs: null };
  const { status, phase, elapsedMs, retryAfterMs } = answer;
  return { state: { status, phase, elapsedMs }, againInMs: retryAfterMs };
}

function failed(trouble: Trouble, waitMs = 0): Look {
  return { state: stateOf(trouble), againInMs: Math.max(waitMs, FAILED_AGAIN_MS) };
}

function stateOf(trouble: Trouble): GatewayState {
  if (trouble.kind === "problem" && trouble.status === 404) return { status: "deleted" };
  if (trouble.kind === "problem" && trouble.code === "gateway-stopped") return { status: "stopped" };
  return { status: "failed", trouble };
}

/** Much may change in an hour, and a timer of a browser counts no more than some weeks. */
const LONGEST_WAIT_MS = 3_600_000;

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after") ?? 0);
  return Number.isFinite(seconds) ? Math.min(seconds * 1_000, LONGEST_WAIT_MS) : 0;
}

/** Whether the server has taken it on to bring the gateway about; otherwise that is still to be asked. */
function isTakenOn(state: GatewayState): boolean {
  if (state.status !== "failed") return state.status !== "signed-out";
  const { trouble } = state;
  return trouble.kind === "problem" && trouble.status !== 429 && isAboutGateway(trouble);
}

/** Whether the server said that the gateway does not run, or only that it could not look: it may run all the same. */
export function isAboutGateway(trouble: Trouble): boolean {
  return trouble.kind === "problem" && trouble.code !== "unavailable";
}

/** What {@link followGateway} needs of its surroundings. */
export interface FollowEnvironment {
  readonly fetchFrom: typeof fetch;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks until the gateway is ready, and tells every state on the way; who signs in elsewhere is seen here. It is started
 * once, and then only waited for: a person who stops or deletes it meanwhile means it.
 *
 * @param start Whether it is started at all.
 */
export async function followGateway(
  tell: (state: GatewayState) => void,
  signal: AbortSignal,
  { fetchFrom, sleep }: FollowEnvironment = { fetchFrom: fetch, sleep: pause },
  start = true,
): Promise<void> {
  let starts = start;
  for (let refusals = 0; ;) {
    const { state, againInMs } = await lookForGateway(signal, fetchFrom, starts);
    if (isTakenOn(state)) starts = false;
    refusals = state.status === "signed-out" ? refusals + 1 : 0;
    const isSettling = refusals > 0 && refusals < REFUSALS;
    if (!isSettling) tell(state);
    if (againInMs === null) return;
    await sleep(isSettling ? SIGN_IN_SETTLES_MS : againInMs, signal);
    signal.throwIfAborted();
  }
}

/** States in which no token comes by itself. */
const OVER: Partial<Record<GatewayState["status"], string>> = {
  "signed-out": "You are signed out. Sign in to talk to your agent.",
  deleted: "Your agent was deleted. Load the page again to get another one.",
};

/** The token by which the gateway lets its owner in now, once it is up. Rejects when nobody is signed in any more. */
export async function tokenAfterRefusal(
  signal: AbortSignal,
  environment?: FollowEnvironment,
): Promise<string | null> {
  const found = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  const hear = (state: GatewayState) => {
    if (state.status === "ready") resolve(state.authToken);
    const over = OVER[state.status];
    if (over === undefined) return;
    reject(new Error(over));
    found.abort();
  };
  followGateway(hear, AbortSignal.any([signal, found.signal]), environment, false).catch(reject);
  return promise;
}
