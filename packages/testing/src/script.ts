/** What one tool call does. */
export type ToolStep = {
  do: "tool";
  /** Tool name as the model calls it, for instance `exec` or `read`. */
  name: string;
  args: Record<string, unknown>;
  /** Default: a new id per call. */
  toolCallId?: string;
  /** Text of the tool's result. Default `""`. */
  result?: string;
  isError?: boolean;
  /** How long the tool runs, in milliseconds. Default 20. */
  ms?: number;
  /** Output pieces shown while it runs. */
  partial?: readonly string[];
  /** Asks an operator first (version 4 sends `exec.approval.requested`); a denial gives an error result. */
  needsApproval?: boolean;
};

/** An LLM failure, by the HTTP status that the provider would answer with. */
export type FailStep = {
  do: "fail";
  status: number;
  /** What the provider says. Default `fake failure <status>`. */
  message?: string;
  /**
   * How many tries in a row fail; then the script goes on behind this step. Default: all that the gateway makes, so
   * that the run fails (400 and 401: one; others: 3 in version 3, 9 or 10 in version 4).
   */
  failures?: number;
};

/**
 * One thing that the scripted model does. A run is a list of these; the gateway turns it into the frames
 * that the real product sends.
 */
export type Step =
  | { do: "text"; text: string }
  | { do: "wait"; ms: number }
  | { do: "think"; text: string }
  | ToolStep
  | FailStep
  /** The provider's connection dies in the middle of the answer. */
  | { do: "cut"; failures?: number }
  /** Nothing more ever comes; only an abort or `timeoutMs` ends the run. */
  | { do: "hang" };

/** What the gateway hands to the model for one turn. */
export type ModelCall = {
  protocol: 3 | 4;
  sessionKey: string;
  runId: string;
  /** The user's text, without the hints that gateways add. */
  message: string;
  /** Provider and model, as in `fake/fake-1`. */
  model: string;
  thinking: string | undefined;
  attachments: readonly { mimeType: string; fileName: string | undefined; bytes: number }[];
  /** 1 for the first model call of this gateway, 2 for the next, ... */
  callNumber: number;
  /** Earlier turns of the session, oldest first. */
  turns: readonly { role: "user" | "assistant"; text: string }[];
};

/** A scripted model: one turn in, steps out. Must be deterministic if the test wants determinism. */
export type Model = (call: ModelCall) => readonly Step[];

/**
 * `count` words, one every `ms` milliseconds: `w1 w2 w3 ...`
 *
 * @example
 * ```ts
 * import { createFakeGateway, words } from "@automna/testing";
 *
 * createFakeGateway({ model: () => words(200, 25) }); // every answer takes five seconds
 * ```
 */
export function words(count: number, ms: number): Step[] {
  return Array.from({ length: count }, (_, i): Step[] => [
    { do: "text", text: (i ? " " : "") + "w" + (i + 1) },
    { do: "wait", ms },
  ]).flat();
}

/**
 * `text` in pieces of about `size` characters (surrogate pairs stay whole), one every `ms` milliseconds.
 *
 * @example
 * ```ts
 * import { say } from "@automna/testing";
 *
 * say("Good morning", { size: 8, ms: 50 }).length; // 4
 * say("Hi"); // [{ do: "text", text: "Hi" }, { do: "wait", ms: 20 }]
 * ```
 */
export function say(text: string, { size = 24, ms = 20 }: { size?: number; ms?: number } = {}): Step[] {
  const steps: Step[] = [];
  const points = Array.from(text);
  for (let i = 0; i < points.length; i += size) {
    steps.push({ do: "text", text: points.slice(i, i + size).join("") }, { do: "wait", ms });
  }
  return steps;
}

/**
 * Reasoning in the given pieces, one every `ms` milliseconds. Version 3 shows it in the history only; version 4 also as it
 * comes, to sessions whose reasoning level is `stream`.
 *
 * @example
 * ```ts
 * import { createFakeGateway } from "@automna/testing";
 *
 * const model: Model = () => [...think(["The person greets me. ", "I greet back."]), ...say("Hello!")];
 * createFakeGateway({ model });
 * ```
 */
export function think(pieces: readonly string[], { ms = 40 }: { ms?: number } = {}): Step[] {
  return pieces.flatMap((text): Step[] => [
    { do: "think", text },
    { do: "wait", ms },
  ]);
}

/**
 * A tool call that succeeds with `result`; with `isError` it fails with it. What the model says next stands behind it in the
 * script.
 *
 * @example
 * ```ts
 * import { createFakeGateway, tool } from "@automna/testing";
 *
 * const look = tool("exec", { command: "ls" }, "a.txt\nb.txt", { ms: 300, needsApproval: true });
 * createFakeGateway({ model: () => [look, ...say("Two files.")] });
 * ```
 */
export function tool(
  name: string,
  args: Record<string, unknown>,
  result: string,
  options: Omit<ToolStep, "do" | "name" | "args" | "result"> = {},
): Step {
  return { do: "tool", name, args, result, ...options };
}

/**
 * Answers `Echo: <the message>`. The default model.
 *
 * @example
 * ```ts
 * import { createFakeGateway, echoModel } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ model: (call) => (call.callNumber === 1 ? [{ do: "hang" }] : echoModel(call)) });
 * ```
 */
export const echoModel: Model = (call) => say(`Echo: ${call.message}`, { size: 40, ms: 30 });
