import { say, think, tool, words } from "../../src/index.ts";
import type { Model, Step } from "../../src/index.ts";

/**
 * The model that answered while the captures were recorded, chosen by a `FAKE:<kind> key=value` directive in the
 * message.
 */
export const recordedModel: Model = (call) => {
  const directive = /FAKE:([a-z-]+)(.*)/.exec(call.message);
  const args = new Map(
    [...(directive?.[2] ?? "").matchAll(/(\w+)=(\S+)/g)].map((pair) => [pair[1], pair[2]]),
  );
  const number = (name: string, otherwise: number) => Number(args.get(name) ?? otherwise);
  const steps: Readonly<Record<string, () => readonly Step[]>> = {
    // Its timer ran a little late, so the n-th word came a little after n times the interval.
    slow: () => words(number("n", 40), number("ms", 250) + 1),
    cut: () => [...words(number("n", 5), 150), { do: "cut" }],
    error: () => [{ do: "fail", status: number("status", 500) }],
    empty: () => [],
    hang: () => [{ do: "hang" }],
    think: () => [
      ...think(["First I consider the question. ", "Then I weigh two options. ", "Option B is better."], {
        ms: 200,
      }),
      ...say("The answer is option B.", { size: 6, ms: 60 }),
    ],
    tool: () => [
      { do: "text", text: "I will run a tool." },
      { do: "wait", ms: 200 },
      tool("exec", { command: "echo hello-from-tool" }, "hello-from-tool", { ms: 30 }),
      ...say("The tool has run. Done.", { size: 8, ms: 60 }),
    ],
  };
  const scripted = steps[directive?.[1] ?? ""];
  return scripted ? scripted() : say(`Echo: ${call.message}`, { size: 40, ms: 30 });
};
