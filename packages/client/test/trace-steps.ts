import { say, think, tool, words, type Model, type Step } from "@automna/testing";
import fc from "fast-check";

import type { PostFault } from "./clock-http.ts";

/** One step of a trace. */
export type Action =
  | { do: "send"; script: number }
  | { do: "wait"; ms: number }
  | { do: "drop" }
  | { do: "freeze" }
  | { do: "restart"; downMs: number }
  | { do: "kill"; downMs: number }
  | { do: "skip" }
  | { do: "duplicate" }
  | { do: "delay"; ms: number }
  /** An answer comes after events that left the gateway behind it. */
  | { do: "overtake"; ms: number }
  | { do: "slow"; ms: number }
  | { do: "abort" }
  /** What waits for a decision is sent again, or given up. */
  | { do: "retry" }
  | { do: "discard" }
  /** The open session is emptied. */
  | { do: "reset" }
  | { do: "reload" }
  | { do: "wake" }
  | { do: "hide"; ms: number }
  | { do: "switch" }
  /** The person looks further back. */
  | { do: "older" }
  /** The token is worth nothing any more; `disconnect`: from now on, else from the next connect on. */
  | { do: "expire"; disconnect: boolean }
  | { do: "foreign"; script: number; elsewhere: boolean }
  /** The next post over HTTP. */
  | { do: "post"; fault: PostFault };

const SCRIPTS: readonly ((call: string) => Step[])[] = [
  () => words(8, 40),
  (name) => say(`A short answer to ${name}.`),
  (name) => [
    ...say(`Looking for ${name}. `),
    tool("exec", { command: "ls" }, "one two", { ms: 120, partial: ["one"] }),
    ...say(`Found it for ${name}.`),
  ],
  (name) => [...think(["Let me see. ", "Yes."]), ...say(`Thought about ${name}.`)],
  () => [{ do: "wait", ms: 800 }, ...words(3, 300)],
  () => [{ do: "fail", status: 400, message: "The model refuses." }],
];

/** What the scripts say as a whole, and for whom. */
export const SENTENCE = /(?:A short answer to|Looking for|Found it for|Thought about) (\S+)\./g;

/** @param calls is told how often each name was answered: that often, and no more, may a sentence of its be seen */
export function modelOf(calls: Map<string, number>): Model {
  return ({ message }) => {
    const [, script = 1, name = "nobody"] = /script(\d+) (\S+)/.exec(message) ?? [];
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return SCRIPTS[Number(script)]?.(name) ?? [];
  };
}

/** Version 3 tells boots apart by their start, to two seconds. */
const downMs = fc.integer({ min: 2_500, max: 6_000 });

function step<A extends Action>(weight: number, arbitrary: fc.Arbitrary<A>) {
  return { weight, arbitrary };
}

/** Any step. */
const steps = [
  step(6, fc.record({ do: fc.constant("send" as const), script: fc.nat(SCRIPTS.length - 1) })),
  step(8, fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2_500) })),
  step(2, fc.constant({ do: "drop" as const })),
  step(1, fc.constant({ do: "freeze" as const })),
  step(1, fc.record({ do: fc.constant("restart" as const), downMs })),
  step(1, fc.record({ do: fc.constant("kill" as const), downMs })),
  step(2, fc.constant({ do: "skip" as const })),
  step(1, fc.constant({ do: "duplicate" as const })),
  step(1, fc.record({ do: fc.constant("delay" as const), ms: fc.nat(2_000) })),
  step(1, fc.record({ do: fc.constant("overtake" as const), ms: fc.nat(1_500) })),
  step(1, fc.record({ do: fc.constant("slow" as const), ms: fc.nat(3_000) })),
  step(2, fc.constant({ do: "abort" as const })),
  step(2, fc.constant({ do: "retry" as const })),
  step(1, fc.constant({ do: "discard" as const })),
  step(1, fc.constant({ do: "reload" as const })),
  step(1, fc.constant({ do: "wake" as const })),
  step(1, fc.record({ do: fc.constant("hide" as const), ms: fc.nat(20_000) })),
  step(2, fc.constant({ do: "switch" as const })),
  step(2, fc.constant({ do: "older" as const })),
  step(1, fc.record({ do: fc.constant("expire" as const), disconnect: fc.boolean() })),
  step(1, fc.record({ do: fc.constant("foreign" as const), script: fc.nat(1), elsewhere: fc.boolean() })),
] as const;

const postFault: fc.Arbitrary<PostFault> = fc.oneof(
  fc.constant({ type: "lose-request" as const }),
  fc.constant({ type: "lose-answer" as const }),
  fc.record({ type: fc.constantFrom("hold" as const, "late" as const), ms: fc.nat(4_000) }),
);

const resetStep = step(2, fc.constant({ do: "reset" as const }));

const action: fc.Arbitrary<Action> = fc.oneof(...steps);
const resettingAction: fc.Arbitrary<Action> = fc.oneof(...steps, resetStep);
const httpAction: fc.Arbitrary<Action> = fc.oneof(
  ...steps,
  resetStep,
  step(8, fc.record({ do: fc.constant("post" as const), fault: postFault })),
);

/** A trace, how far away the gateway is, how much its clock is set back now and then, and how long a page of history is. */
export interface Trace {
  readonly latencyMs: number;
  readonly setBackMs: number;
  readonly pageSize: number;
  readonly steps: readonly Action[];
}

/** A page that is longer than any trace. */
export const WHOLE_HISTORY = 200;

/** So short that a trace has some. */
const SHORT_PAGE = 5;

function traceOf(any: fc.Arbitrary<Action>, pageSizes: readonly number[]): fc.Arbitrary<Trace> {
  return fc.record({
    latencyMs: fc.constantFrom(0, 0, 20, 150),
    setBackMs: fc.constantFrom(0, 0, 20, 500),
    pageSize: fc.constantFrom(...pageSizes),
    steps: fc.array(any, { minLength: 3, maxLength: 25 }),
  });
}

const ANY_PAGE = [WHOLE_HISTORY, WHOLE_HISTORY, SHORT_PAGE];

export const trace = traceOf(resettingAction, ANY_PAGE);
/** All that there is comes in one page. */
export const wholeTrace = traceOf(action, [WHOLE_HISTORY]);
/** Pages are so short that what is shown comes from several. */
export const pagedTrace = traceOf(resettingAction, [SHORT_PAGE]);
/** With posts that are lost, held or late besides. */
export const httpTrace = traceOf(httpAction, ANY_PAGE);
