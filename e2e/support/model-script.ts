/**
 * What the test model answers is written by the test into the user's message:
 *
 *     tell me something [model:slow n=20 ms=50]
 *
 * | marker | answer |
 * |---|---|
 * | none | `Echo: ` and the user's text |
 * | `[model:slow n=40 ms=250]` | n words `w1 w2 …`, one every ms |
 * | `[model:held n=6 ms=200]` | the first half of n words, and the others once the test says `letGo` |
 * | `[model:long]` | 6 kB of Markdown: headings, lists, a table, code |
 * | `[model:think]` | reasoning, then an answer |
 * | `[model:tool command=<base64>]` | one call of the `exec` tool (`name=` picks another, `json=<base64>` its arguments), then an answer |
 * | `[model:error status=500]` | an HTTP error before the first byte |
 * | `[model:cut n=5 ms=150]` | n words, then the connection is destroyed |
 * | `[model:hang]` | headers, then nothing |
 * | `[model:empty]` | an answer without text |
 * | `[model:big kb=300]` | one answer of about kb kilobytes |
 */
type ScriptKind =
  | "echo"
  | "slow"
  | "held"
  | "long"
  | "think"
  | "tool"
  | "error"
  | "cut"
  | "hang"
  | "empty"
  | "big";

export type Step =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "held" }
  | { readonly kind: "tool-call"; readonly name: string; readonly arguments: string }
  | { readonly kind: "cut" }
  | { readonly kind: "hang" };

export interface Turn {
  readonly script: ScriptKind;
  readonly parameters: Readonly<Record<string, string>>;
  /** What the person wrote, without what the gateway wrapped around it. */
  readonly userText: string;
  /** The tool that the script asked for has run: its result stands after the user's message. */
  readonly toolHasRun: boolean;
  readonly imageCount: number;
}

interface Message {
  readonly role: string;
  readonly content: unknown;
}

const KINDS: readonly string[] = [
  "echo",
  "slow",
  "held",
  "long",
  "think",
  "tool",
  "error",
  "cut",
  "hang",
  "empty",
  "big",
] satisfies ScriptKind[];

const MARKER = /\[model:([a-z]+)((?:\s+[a-z]+=[^\s\]]+)*)\s*\]/g;
/** In the order in which they are removed. The first four are OpenClaw's, the last is Clawdbot's. */
const GATEWAY_TEXT: readonly RegExp[] = [
  /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>[\s\S]*?(?:<<<END_OPENCLAW_INTERNAL_CONTEXT>>>|$)/g,
  /\n\nRuntime: agent=[^\n]*\s*$/g,
  /^\[[A-Z][a-z]{2} \d{4}-\d{2}-\d{2} \d{2}:\d{2} [^\]]*\] /g,
  /^Conversation info: ⟦openclaw:ctx⟧\n```json\n[\s\S]*?\n```\n\n/g,
  /^\[message_id: [^\]]*\]$/gm,
];

/** Reads the script out of the last message that a person wrote. */
export function readTurn(messages: readonly Message[]): Turn {
  const index = messages.findLastIndex(
    (message) => message.role === "user" && withoutGatewayText(textOf(message.content)) !== "",
  );
  const message = messages[index];
  const userText = message ? withoutGatewayText(textOf(message.content)) : "";
  const marker = [...userText.matchAll(MARKER)].at(-1);
  const kind = marker?.[1] ?? "echo";
  if (!isScriptKind(kind))
    throw new Error(`Unknown marker [model:${kind}]. See model-script.ts for the list.`);
  return {
    script: kind,
    parameters: parametersOf(marker?.[2] ?? ""),
    userText,
    toolHasRun: messages.slice(index + 1).some(({ role }) => role === "tool"),
    imageCount: message ? partsOf(message.content).filter(({ type }) => type === "image_url").length : 0,
  };
}

/** The answer as a list of things to send. `error` has no steps: it is an HTTP status. */
export function stepsOf(turn: Turn): readonly Step[] {
  const number = (name: string, fallback: number) => Number(turn.parameters[name] ?? fallback);
  switch (turn.script) {
    case "echo":
      return spoken(`Echo: ${turn.userText.replaceAll(MARKER, "").trim()}`, 40, 20);
    case "slow":
      return words(number("n", 40), number("ms", 250));
    case "long":
      return spoken(LONG_ANSWER, 120, 10);
    case "think":
      return [...thoughts(), ...spoken("The answer is option B.", 6, 40)];
    case "held":
      return heldInTheMiddle(words(number("n", 6), number("ms", 200)));
    case "tool":
      return turn.toolHasRun ? spoken("The tool has run. Done.", 8, 40) : toolCall(turn.parameters);
    case "cut":
      return [...words(number("n", 5), number("ms", 150)), { kind: "cut" }];
    case "hang":
      return [{ kind: "hang" }];
    case "big":
      return Array.from({ length: number("kb", 300) }, () => ({ kind: "text", text: KILOBYTE }));
    case "empty":
    case "error":
      return [];
  }
}

/** The status of an `error` turn, else `null`. */
export function errorStatusOf(turn: Turn): number | null {
  return turn.script === "error" ? Number(turn.parameters["status"] ?? 500) : null;
}

/** The whole text of a reply that is not cut, as a test may expect it. */
export function textOfSteps(steps: readonly Step[]): string {
  return steps.map((step) => (step.kind === "text" ? step.text : "")).join("");
}

function isScriptKind(kind: string): kind is ScriptKind {
  return KINDS.includes(kind);
}

function partsOf(content: unknown): readonly { type?: unknown; text?: unknown }[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter((part) => typeof part === "object" && part !== null);
}

function textOf(content: unknown): string {
  return partsOf(content)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}

/** Both gateways wrap context around what the person wrote, some of it in messages of its own. */
function withoutGatewayText(text: string): string {
  return GATEWAY_TEXT.reduce((rest, pattern) => rest.replaceAll(pattern, ""), text).trim();
}

function parametersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .filter((pair) => pair.includes("="))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

function spoken(text: string, size: number, ms: number): Step[] {
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  return pieces.flatMap((piece): Step[] => [
    { kind: "text", text: piece },
    { kind: "wait", ms },
  ]);
}

function words(count: number, ms: number): Step[] {
  return Array.from({ length: count }, (_, index): Step[] => [
    { kind: "text", text: `${index === 0 ? "" : " "}w${index + 1}` },
    { kind: "wait", ms },
  ]).flat();
}

function heldInTheMiddle(steps: readonly Step[]): Step[] {
  const middle = Math.ceil(steps.length / 4) * 2;
  return [...steps.slice(0, middle), { kind: "held" }, ...steps.slice(middle)];
}

function thoughts(): Step[] {
  return ["First I consider the question. ", "Then I weigh two options. ", "Option B is better."].flatMap(
    (text): Step[] => [
      { kind: "reasoning", text },
      { kind: "wait", ms: 100 },
    ],
  );
}

function toolCall(parameters: Turn["parameters"]): Step[] {
  const decode = (value: string) => Buffer.from(value, "base64").toString("utf8");
  const command = parameters["command"] ? decode(parameters["command"]) : "echo hello-from-tool";
  return [
    { kind: "text", text: "I will run a tool." },
    { kind: "wait", ms: 100 },
    {
      kind: "tool-call",
      name: parameters["name"] ?? "exec",
      arguments: parameters["json"] ? decode(parameters["json"]) : JSON.stringify({ command }),
    },
  ];
}

const KILOBYTE = `${"0123456789abcdef ".repeat(60)}012\n`;

const LONG_ANSWER = [
  "# A long answer",
  "A paragraph with **bold**, *italic*, `inline code` and a [link](https://example.invalid/).",
  "## A list",
  "- one\n- two\n  - nested\n- three",
  "1. first\n2. second",
  "## A table",
  `| number | square |\n| --- | --- |\n${Array.from({ length: 12 }, (_, n) => `| ${n} | ${n * n} |`).join("\n")}`,
  "## Code",
  `\`\`\`ts\n${Array.from({ length: 25 }, (_, n) => `export const value${n} = ${n};`).join("\n")}\n\`\`\``,
  "> A quotation.",
  ...Array.from(
    { length: 20 },
    (_, n) => `Paragraph ${n + 1}. ${"Some words that fill a line. ".repeat(6).trim()}`,
  ),
].join("\n\n");
