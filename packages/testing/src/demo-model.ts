import { say, think, tool } from "./script.ts";
import type { Model, ModelCall, Step } from "./script.ts";

const PACE = { size: 6, ms: 24 };

const hello = `Hello! I am the **demo gateway**. No model stands behind me: I answer from a small script, so that you can try the chat.

Ask me for one of these:

- a **table**
- some **code**
- a **tool** call
- my **thinking**
- a **long** answer
- an **error**

Anything else I repeat.`;

const table = `Here are the planets nearest to the sun:

| Planet | Moons | Day (hours) | Year (days) |
| --- | ---: | ---: | ---: |
| Mercury | 0 | 4,222.6 | 88.0 |
| Venus | 0 | 2,802.0 | 224.7 |
| Earth | 1 | 24.0 | 365.2 |
| Mars | 2 | 24.7 | 687.0 |

Venus turns so slowly that its day lasts longer than half its year.`;

const code = `A small function that groups a list by a key:

\`\`\`ts
function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
\`\`\`

Call it like \`groupBy(people, (person) => person.city)\`.`;

const paragraphs = [
  "The tide is the slow breathing of the sea. Twice a day the water climbs the beach, and twice it leaves, pulled by the moon and, more weakly, by the sun.",
  "When sun and moon stand in one line, at new and full moon, their pulls add up and the range is largest: a *spring tide*. At the half moons they work against each other, and the range is smallest: a *neap tide*.",
  "The shape of the coast decides the rest. A bay that narrows like a funnel squeezes the water upwards; in the Bay of Fundy the difference between low and high water can exceed fifteen metres.",
  "> A tide table is a promise about the future of the sea, and one of the few that are kept.",
];

const long = `# Tides\n\n${paragraphs.join("\n\n")}\n\n## In short\n\n1. Two highs and two lows on most coasts each day.\n2. Spring tides at new and full moon, neap tides between.\n3. The coast makes the difference.`;

const answers: readonly (readonly [RegExp, (call: ModelCall) => readonly Step[]])[] = [
  [/\berror\b/i, () => [{ do: "fail", status: 400, message: "this is the error that you asked for" }]],
  [/\btable\b/i, () => say(table, PACE)],
  [/\bcode\b/i, () => say(code, PACE)],
  [
    /\btool\b/i,
    () => [
      ...say("Let me look at the clock of this machine.", PACE),
      tool("exec", { command: "date -u" }, "Thu Jan  1 12:00:00 UTC 2026", {
        ms: 900,
        partial: ["Thu Jan  1 12:00:00 UTC 2026\n"],
      }),
      ...say(
        "The tool says that it is **noon**, UTC. (The demo gateway runs nothing: it always says so.)",
        PACE,
      ),
    ],
  ],
  [
    /\b(think|thinking|reason|reasoning)\b/i,
    () => [
      ...think(
        [
          "The question asks how I think. ",
          "I do not, but I can show what it would look like. ",
          "A short answer will do.",
        ],
        { ms: 350 },
      ),
      ...say("That was my thinking, shown before the answer. Real models take longer, and mean it.", PACE),
    ],
  ],
  [/\blong\b/i, () => say(long, PACE)],
  [/\b(hi|hello|hey|help|what can you do)\b/i, () => say(hello, PACE)],
];

/**
 * Pleasant markdown answers, chosen by a word in the message; everything else is echoed. For demos and stories.
 *
 * @example
 * ```ts
 * import { createFakeGateway, demoModel } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ protocol: 4, model: demoModel });
 * gateway.receiveMessage("agent:main:main", "Show me a table"); // as if it came through a channel
 * ```
 */
export const demoModel: Model = (call) => {
  const answer = answers.find(([pattern]) => pattern.test(call.message));
  if (answer) return answer[1](call);
  const files = call.attachments.length
    ? `\n\nI also got ${call.attachments.length} attachment${call.attachments.length > 1 ? "s" : ""}.`
    : "";
  return say(
    `You said:\n\n> ${call.message.replaceAll("\n", "\n> ")}${files}\n\nSay **help** to see what the demo can do.`,
    PACE,
  );
};
